"""The needs of one layer, worked out from its arguments and the shapes that it is given.

One function for each admitted layer, in the order of the allow-list. Shapes leave out the rows;
numbers are for one row, but for weights. An argument that is left out has Keras' default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from cerebro_db.model.cost import speeds
from cerebro_db.model.cost.shapes import (
    Misfit,
    Shape,
    both,
    broadcast,
    divided,
    of_rank,
    place_of,
    sizes_of,
    slid,
)
from cerebro_db.words import counted


@dataclass(frozen=True)
class Needs:
    """The needs of a layer.

    Args:
        shape: what it gives.
        trained: numbers that are trained.
        fixed: numbers that are kept, and not trained: moving averages.
        weights: the shapes in which it has both.
        kept: numbers that a row's forward pass keeps for its backward pass.
        operations: multiplications and additions of a row's forward pass.
        slowness: how many operations of a large matrix product take as long as one of these.
        turns: how often the framework goes round a loop for a mini-batch, however many rows it has.
        initial: operations of the weights' initializers, where these do more than draw numbers.
        graph: how much there is to compile, as many times what a dense layer has.
    """

    shape: Shape
    trained: int = 0
    fixed: int = 0
    kept: int = 0
    operations: int = 0
    slowness: int = 1
    turns: int = 0
    initial: int = 0
    graph: int = 1
    weights: tuple[Shape, ...] = ()

    @property
    def work(self) -> int:
        """Operations of a row's forward pass, as of a large matrix product that takes as long."""
        return self.operations * self.slowness


def needs_of(class_name: str, arguments: dict[str, Any], shapes: Sequence[Shape]) -> Needs:
    """Return what a layer of an admitted class needs.

    Args:
        arguments: as in its Keras config, without placeholders.
        shapes: of the tensors that it is called on, one or more.

    Raises:
        Misfit: it cannot take tensors of these shapes, or lacks an argument.
    """
    try:
        return _LAYERS[class_name](arguments, *shapes)
    except KeyError as error:
        raise Misfit(f"it lacks {error}") from None
    except (TypeError, ValueError, IndexError):
        found = " and ".join(str(list(shape)) for shape in shapes)
        raise Misfit(f"it cannot take tensors of shape {found}") from None


def _elementwise(arguments: dict[str, Any], shape: Shape) -> Needs:
    return Needs(shape, kept=prod(shape), operations=prod(shape), slowness=speeds.ELEMENTWISE)


def _noise(arguments: dict[str, Any], shape: Shape) -> Needs:
    return Needs(
        shape, kept=2 * prod(shape), operations=2 * prod(shape), slowness=speeds.NOISE, graph=2
    )


def _input(arguments: dict[str, Any]) -> Needs:
    shape = tuple(arguments["batch_shape"][1:])
    return Needs(shape, kept=prod(shape), graph=0)


def _dense(arguments: dict[str, Any], shape: Shape) -> Needs:
    *lead, width = shape
    units = arguments["units"]
    return _weighted(
        arguments, (*lead, units), kernel=(width, units), biases=units, times=prod(lead)
    )


def _weighted(
    arguments: dict[str, Any],
    shape: Shape,
    *,
    kernel: Shape,
    biases: int,
    times: int,
    name: str = "kernel",
    slowness: int = 1,
) -> Needs:
    """Return the needs of a layer whose kernel, under its name, is applied so often to a row."""
    bias = biases if arguments.get("use_bias", True) else 0
    plain = arguments.get("activation") in (None, "linear")
    outputs = prod(shape)
    return Needs(
        shape,
        trained=prod(kernel) + bias,
        weights=(kernel, (bias,)) if bias else (kernel,),
        kept=outputs if plain else 2 * outputs,
        operations=2 * prod(kernel) * times + outputs,
        slowness=slowness,
        initial=speeds.initial_operations(arguments, name, kernel),
    )


def _embedding(arguments: dict[str, Any], shape: Shape) -> Needs:
    size, dim = arguments["input_dim"], arguments["output_dim"]
    return Needs(
        (*shape, dim),
        trained=size * dim,
        weights=((size, dim),),
        kept=prod(shape) * dim,
        initial=speeds.initial_operations(arguments, "embeddings", (size, dim)),
    )


def _convolution(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        sizes = sizes_of(arguments["kernel_size"], dimensions)
        filters = arguments["filters"]
        out = slid(places, sizes, arguments)
        groups = arguments.get("groups", 1)
        slow = groups > 1 or max(sizes) >= speeds.LARGE_WINDOW
        return _weighted(
            arguments,
            (*out, filters),
            kernel=(*sizes, divided(channels, groups), filters),
            biases=filters,
            times=prod(out),
            slowness=speeds.NO_FAST_CONVOLUTION if slow else 1,
        )

    return needs


def _depthwise(arguments: dict[str, Any], shape: Shape) -> Needs:
    *places, channels = of_rank(shape, 3)
    sizes = sizes_of(arguments["kernel_size"], 2)
    multiplier = arguments.get("depth_multiplier", 1)
    out, made = slid(places, sizes, arguments), channels * multiplier
    return _weighted(
        arguments,
        (*out, made),
        kernel=(*sizes, channels, multiplier),
        biases=made,
        times=prod(out),
        name="depthwise",
        slowness=speeds.DEPTHWISE,
    )


def _separable(arguments: dict[str, Any], shape: Shape) -> Needs:
    between = _depthwise({**arguments, "use_bias": False, "activation": None}, shape)
    *lead, width = between.shape
    filters = arguments["filters"]
    pointwise = _weighted(
        arguments,
        (*lead, filters),
        kernel=(1, 1, width, filters),
        biases=filters,
        times=prod(lead),
        name="pointwise",
    )
    return _after(between, pointwise)


def _after(first: Needs, second: Needs) -> Needs:
    """Return the needs of two layers, one behind the other."""
    return Needs(
        second.shape,
        first.trained + second.trained,
        first.fixed + second.fixed,
        first.kept + second.kept,
        first.operations + second.operations,
        max(first.slowness, second.slowness),
        first.turns + second.turns,
        max(first.initial, second.initial),
        first.graph + second.graph,
        first.weights + second.weights,
    )


def _pooling(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        *places, channels = of_rank(shape, dimensions + 1)
        sizes = sizes_of(arguments.get("pool_size", 2), dimensions)
        strides = arguments.get("strides")
        strides = sizes if strides is None else strides
        out = (*slid(places, sizes, {**arguments, "strides": strides}), channels)
        return Needs(
            out, kept=prod(out), operations=prod(out) * prod(sizes), slowness=speeds.POOLING
        )

    return needs


def _global_pooling(dimensions: int) -> Callable[[dict[str, Any], Shape], Needs]:
    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        channels = of_rank(shape, dimensions + 1)[-1]
        out = (1,) * dimensions + (channels,) if arguments.get("keepdims") else (channels,)
        return Needs(out, kept=channels, operations=prod(shape), slowness=speeds.ELEMENTWISE)

    return needs


def _recurrent(gates: int, kept: int, graph: int) -> Callable[[dict[str, Any], Shape], Needs]:
    """Return the needs of a layer with so many gates; a unit keeps so many numbers of each step.

    Args:
        graph: as in ``Needs``: a loop that is compiled within the loop over mini-batches.
    """

    def needs(arguments: dict[str, Any], shape: Shape) -> Needs:
        steps, width = of_rank(shape, 2)
        units = arguments["units"]
        # One bias for the inputs and one for the state.
        twice = gates == 3 and arguments.get("reset_after", True)
        bias: Shape = (2, gates * units) if twice else (gates * units,)
        weights: tuple[Shape, ...] = ((width, gates * units), (units, gates * units))
        if arguments.get("use_bias", True):
            weights += (bias,)
        kernel = gates * units * (width + units)
        return Needs(
            (steps, units) if arguments.get("return_sequences") else (units,),
            trained=sum(map(prod, weights)),
            weights=weights,
            kept=steps * (kept * units + width),
            operations=steps * (2 * kernel + kept * units),
            turns=steps,
            initial=max(
                speeds.initial_operations(arguments, "kernel", (width, gates * units)),
                speeds.initial_operations(
                    arguments, "recurrent", (units, gates * units), "orthogonal"
                ),
            ),
            graph=graph,
        )

    return needs


def _bidirectional(arguments: dict[str, Any], shape: Shape) -> Needs:
    forward = arguments["layer"]
    backward = arguments.get("backward_layer") or forward
    one, other = (
        needs_of(item["class_name"], item["config"], [shape]) for item in (forward, backward)
    )
    pair = _after(one, other)
    if arguments.get("merge_mode", "concat") == "concat":
        out = (*one.shape[:-1], one.shape[-1] + other.shape[-1])
    else:
        out = broadcast(one.shape, other.shape)
    return replace(pair, shape=out, kept=pair.kept + prod(out))


def _attention(arguments: dict[str, Any], query: Shape, value: Shape, key: Shape = ()) -> Needs:
    key = key or value
    heads, dim = arguments["num_heads"], arguments["key_dim"]
    values = heads * (arguments.get("value_dim") or dim)
    bias = arguments.get("use_bias", True)
    projected = [(query, heads * dim), (key, heads * dim), (value, values)]
    if arguments.get("use_gate"):
        projected.append((query, values))
    projected.append(((*query[:-1], values), query[-1]))
    each = [(shape[-1], heads, units // heads) for shape, units in projected[:-1]]
    weights: list[Shape] = [*each, (heads, values // heads, query[-1])]
    if bias:
        weights += [*(shape[1:] for shape in each), query[-1:]]
    parts = [_dense({"units": units, "use_bias": bias}, shape) for shape, units in projected]
    # Every place of the query with every place of the value, or only along the axes that are given.
    axes = arguments.get("attention_axes") or range(1, len(query))
    places = [axis - 1 if axis > 0 else axis for axis in axes]
    scores = heads * prod(query[:-1]) * prod(value[place] for place in places)
    return Needs(
        query,
        initial=max(
            speeds.initial_operations(arguments, "kernel", (place[-1], units))
            for place, units in projected
        ),
        graph=speeds.ATTENTION_GRAPH,
        trained=sum(part.trained for part in parts),
        weights=tuple(weights),
        kept=sum(part.kept for part in parts) + prod(query[:-1]) * values + 3 * scores,
        operations=sum(part.operations for part in parts)
        + 2 * scores * (dim + values // heads + 2),
    )


def _batch_normalization(arguments: dict[str, Any], shape: Shape) -> Needs:
    own = [arguments.get(name, True) for name in ("center", "scale")]
    return Needs(
        shape,
        trained=sum(own) * shape[-1],
        weights=((shape[-1],),) * (sum(own) + 2),
        fixed=2 * shape[-1],
        kept=2 * prod(shape),
        operations=8 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


def _layer_normalization(arguments: dict[str, Any], shape: Shape) -> Needs:
    axis = arguments.get("axis", -1)
    axes = {place_of(one, len(shape)) for one in (axis if isinstance(axis, list) else [axis])}
    sizes = tuple(shape[place] for place in sorted(axes))
    rms = arguments.get("rms_scaling", False)
    own = [arguments.get("scale", True) or rms, arguments.get("center", True) and not rms]
    return Needs(
        shape,
        trained=sum(own) * prod(sizes),
        weights=(sizes,) * sum(own),
        kept=2 * prod(shape),
        operations=8 * prod(shape),
        slowness=speeds.ELEMENTWISE,
        graph=speeds.NORMALIZATION_GRAPH,
    )


def _flatten(arguments: dict[str, Any], shape: Shape) -> Needs:
    return Needs((prod(shape),))


def _reshape(arguments: dict[str, Any], shape: Shape) -> Needs:
    target = arguments["target_shape"]
    known = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or known < 1 or prod(shape) % known:
        numbers = counted(prod(shape), "number does", "numbers do")
        raise Misfit(f"{numbers} not make the shape {target}")
    out = tuple(prod(shape) // known if size == -1 else size for size in target)
    if prod(out) != prod(shape):
        numbers = counted(prod(shape), "number does", "numbers do")
        raise Misfit(f"{numbers} not make the shape {target}")
    return Needs(out)


def _permute(arguments: dict[str, Any], shape: Shape) -> Needs:
    dims = arguments["dims"]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise Misfit(f"dims of {dims} do not order {counted(len(shape), 'axis', 'axes')}")
    return Needs(tuple(shape[dim - 1] for dim in dims), kept=prod(shape))


def _repeat(arguments: dict[str, Any], shape: Shape) -> Needs:
    out = (arguments["n"], *of_rank(shape, 1))
    return Needs(out, kept=prod(out))


def _zero_padding(arguments: dict[str, Any], shape: Shape) -> Needs:
    height, width, channels = of_rank(shape, 3)
    padding = arguments.get("padding", 1)
    vertical, horizontal = padding if isinstance(padding, list) else (padding, padding)
    out = (height + both(vertical), width + both(horizontal), channels)
    return Needs(out, kept=prod(out))


def _up_sampling(arguments: dict[str, Any], shape: Shape) -> Needs:
    height, width, channels = of_rank(shape, 3)
    vertical, horizontal = sizes_of(arguments.get("size", 2), 2)
    out = (height * vertical, width * horizontal, channels)
    return Needs(out, kept=prod(out), operations=prod(out), slowness=speeds.ELEMENTWISE)


def _concatenate(arguments: dict[str, Any], *shapes: Shape) -> Needs:
    first = shapes[0]
    place = place_of(arguments.get("axis", -1), len(first))
    for shape in shapes[1:]:
        if (*first[:place], 0, *first[place + 1 :]) != (*shape[:place], 0, *shape[place + 1 :]):
            raise Misfit(f"shapes {list(first)} and {list(shape)} do not fit side by side")
    out = (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])
    return Needs(out, kept=prod(out))


def _merge(arguments: dict[str, Any], *shapes: Shape) -> Needs:
    out = shapes[0]
    for shape in shapes[1:]:
        out = broadcast(out, shape)
    numbers = len(shapes) * prod(out)
    return Needs(out, kept=numbers, operations=numbers, slowness=speeds.ELEMENTWISE)


_LAYERS: dict[str, Callable[..., Needs]] = {
    "InputLayer": _input,
    "Dense": _dense,
    "Embedding": _embedding,
    "Conv1D": _convolution(1),
    "Conv2D": _convolution(2),
    "SeparableConv2D": _separable,
    "DepthwiseConv2D": _depthwise,
    **{f"{kind}Pooling{n}D": _pooling(n) for kind in ("Max", "Average") for n in (1, 2)},
    **{
        f"Global{kind}Pooling{n}D": _global_pooling(n)
        for kind in ("Max", "Average")
        for n in (1, 2)
    },
    "LSTM": _recurrent(gates=4, kept=12, graph=speeds.LSTM_GRAPH),
    "GRU": _recurrent(gates=3, kept=12, graph=speeds.GRU_GRAPH),
    "SimpleRNN": _recurrent(gates=1, kept=4, graph=speeds.SIMPLE_GRAPH),
    "Bidirectional": _bidirectional,
    "MultiHeadAttention": _attention,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    **dict.fromkeys(
        ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Rescaling"), _elementwise
    ),
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise"), _noise),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat,
    "ZeroPadding2D": _zero_padding,
    "UpSampling2D": _up_sampling,
    "Concatenate": _concatenate,
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum"), _merge),
}
