"""LSTM, GRU and SimpleRNN, and Bidirectional around two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from cerebro_db.model.layers import arguments as a
from cerebro_db.model.layers import speeds
from cerebro_db.model.layers._base import BIASED, Layer, keras_layer
from cerebro_db.model.layers.arguments import admitted_object
from cerebro_db.model.layers.needs import Needs, after
from cerebro_db.model.layers.shapes import Shape, broadcast, of_rank
from cerebro_db.model.values import Check, choice, optional


def _layer(name: str, needs: Callable[..., Needs], **own: Check) -> Layer:
    arguments = {
        "units": a.FILTERS,
        "dropout": a.RATE,
        "recurrent_dropout": a.RATE,
        "seed": a.SEED,
        "return_sequences": a.FLAG,
        "return_state": a.OFF,
        "go_backwards": a.FLAG,
        "stateful": a.OFF,
        "unroll": a.OFF,
        "zero_output_for_mask": a.FLAG,
        **BIASED,
        **a.weights("kernel", "recurrent"),
        **own,
    }
    return keras_layer(name, arguments, needs, arity="masked", with_weights=True)


def _needs(gates: int, kept: int, graph: int) -> Callable[[dict[str, Any], Shape], Needs]:
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
        trained: tuple[Shape, ...] = ((width, gates * units), (units, gates * units))
        if arguments.get("use_bias", True):
            trained += (bias,)
        kernel = gates * units * (width + units)
        return Needs(
            (steps, units) if arguments.get("return_sequences") else (units,),
            trained=trained,
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


_RECURRENT = (
    _layer(
        "LSTM",
        _needs(gates=4, kept=12, graph=speeds.LSTM_GRAPH),
        recurrent_activation=a.ACTIVATION,
        unit_forget_bias=a.FLAG,
    ),
    _layer(
        "GRU",
        _needs(gates=3, kept=12, graph=speeds.GRU_GRAPH),
        recurrent_activation=a.ACTIVATION,
        reset_after=a.FLAG,
    ),
    _layer("SimpleRNN", _needs(gates=1, kept=4, graph=speeds.SIMPLE_GRAPH)),
)
_BY_NAME = {layer.name: layer for layer in _RECURRENT}


def _inner(value: Any, where: str) -> dict[str, Any]:
    return admitted_object(value, where, _BY_NAME, "layer in Bidirectional")


def _bidirectional(arguments: dict[str, Any], shape: Shape) -> Needs:
    forward = arguments["layer"]
    backward = arguments.get("backward_layer") or forward
    one, other = (
        _BY_NAME[item["class_name"]].needs(item["config"], shape) for item in (forward, backward)
    )
    pair = after(one, other)
    if arguments.get("merge_mode", "concat") == "concat":
        out = (*one.shape[:-1], one.shape[-1] + other.shape[-1])
    else:
        out = broadcast(one.shape, other.shape)
    return replace(pair, shape=out, kept=pair.kept + prod(out))


LAYERS = (
    *_RECURRENT,
    keras_layer(
        "Bidirectional",
        {
            "layer": _inner,
            "backward_layer": optional(_inner),
            "merge_mode": choice("concat", "sum", "mul", "ave"),
        },
        _bidirectional,
        arity="masked",
        with_weights=True,
    ),
)
