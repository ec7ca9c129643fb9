"""From an architecture to a Keras model that takes a dataset's inputs and gives logits."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops
from keras.src.backend.common import global_state

from cerebro_db.errors import CodeFailed, InvalidArgument
from cerebro_db.model.admission import PACKAGE, admit, check_outputs
from cerebro_db.model.code import Code
from cerebro_db.model.graph import LayerGraph
from cerebro_db.model.network import graph_of, undecayed
from cerebro_db.model.signature import Signature
from cerebro_db.model.spec import Spec
from cerebro_db.polls import no_poll
from cerebro_db.training.keras.building import Building, Layers, building
from cerebro_db.training.keras.layers import Dropping
from cerebro_db.training.keras.layers._base import Heads
from cerebro_db.training.registered import load
from cerebro_db.training.runtime import backend

# Where Keras keeps how many objects of a kind it has named.
_NAMES = "object_name_uids"


@dataclass(frozen=True)
class Network:
    """A Keras model.

    Args:
        model: it gives logits.
        positions: which input of the signature each of its inputs takes.
        layers: its layers under the names that ``model/cost`` has for those with weights.
        order: the layers in the order in which a state has their weights; None for Keras' own.
    """

    model: keras.Model
    positions: tuple[int, ...]
    layers: Layers
    order: tuple[str, ...] | None = None

    @property
    def dropouts(self) -> list[Dropping]:
        """The layers whose rate is the configuration's."""
        dropping = [layer for layer in self.model.layers if isinstance(layer, Dropping)]
        return [layer for layer in dropping if layer.rate_name]

    @property
    def variables(self) -> list[Any]:
        """The variables of all layers in the order in which a state has them."""
        if self.order is None:
            return self.model.variables
        return [v for name in self.order for v in self.layers[name].variables]

    @property
    def trainable_variables(self) -> list[Any]:
        """Those that are trained, in this order."""
        if self.order is None:
            return self.model.trainable_variables
        return [v for name in self.order for v in self.layers[name].trainable_variables]

    def logits(self, inputs: Sequence[Any], *, training: bool) -> Any:
        """Return (rows, ...), of the output's shape, for the signature's inputs, given in order as
        in chunks; or (rows, heads, ...) where the network has several heads."""
        taken = [_prepared(inputs[i]) for i in self.positions]
        return self.model(taken[0] if len(taken) == 1 else taken, training=training)


def build_network(spec: Spec, seed: int = 0, poll: Callable[[], None] = no_poll) -> Network:
    """Return the spec's model with new weights, which depend on the seed, a number of 32 bits.

    Args:
        poll: called between layers; raises to give up.

    Raises:
        InvalidArgument: Keras cannot build a registered architecture for this dataset.
    """
    with _seeded(seed):
        layers = {code.name: code for code in spec.registered("layer")}
        network = _network(graph_of(spec), spec.signature, layers, poll)
    for name in spec.frozen:
        network.layers[name].trainable = False
    for variable in network.variables:
        if variable.name in undecayed(spec):
            variable.decay_factor = 0.0
    return network


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Give Keras' initializers and generators their seeds: it draws these from Python's random.

    Its own set_random_seed does more: TensorFlow then forgets every graph that it has prepared.
    What has no name is numbered from the beginning, and not on from what the process made before.
    """
    before, names = random.getstate(), global_state.get_global_attribute(_NAMES)
    random.seed(seed)
    global_state.set_global_attribute(_NAMES, defaultdict(int))
    try:
        yield
    finally:
        random.setstate(before)
        global_state.set_global_attribute(_NAMES, names)


def _network(
    graph: LayerGraph,
    signature: Signature,
    code: Mapping[str, Code],
    poll: Callable[[], None],
) -> Network:
    # Again: what was stored in between is not trusted.
    config = admit(graph.architecture.keras, lambda name, kind: code.get(name))
    classes = {f"{PACKAGE}>{name}": _layer_class(code[name]) for name in code}
    # The names mean these versions from here on, whatever the process has executed before.
    keras.saving.get_custom_objects().update(classes)
    model, named = _built(building(config), poll)
    shape = tuple(model.outputs[0].shape)
    several = isinstance(model.outputs[0]._keras_history.operation, Heads)
    if len(shape) != 1 + several + len(signature.output.shape):
        raise _unbuildable(f"Its output has the shape {shape}.")
    check_outputs(shape[-1], signature.output)
    names = [item.name for item in signature.inputs]
    layers = [tensor._keras_history.operation.name for tensor in model.inputs]
    positions = tuple(names.index(graph.architecture.inputs[layer]) for layer in layers)
    return Network(model, positions, named, graph.weights)


def _built(steps: Building, poll: Callable[[], None]) -> tuple[keras.Model, Layers]:
    while True:
        poll()
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        except (MemoryError, OSError):
            raise
        except Exception as error:
            if backend().is_shortage(error):
                raise
            # Whatever else Keras raises, it is about this architecture.
            raise _unbuildable(str(error)) from error


def _layer_class(code: Code) -> type[keras.layers.Layer]:
    found = load(code)
    if not issubclass(found, keras.layers.Layer):
        raise CodeFailed(
            f"registered layer {code.name} is no layer",
            detail=f"It is derived from {found.__mro__[1]!r}.",
            hint="Derive it from keras.layers.Layer.",
        )
    return found


def _unbuildable(detail: str) -> InvalidArgument:
    return InvalidArgument(
        "the registered model cannot be built for this dataset",
        detail=detail,
        hint="Build it in Keras with the shapes of the dataset's inputs, one row of numbers out.",
    )


def _prepared(tensor: Any) -> Any:
    """Bring bytes of images to [0, 1]; all else is ready."""
    bytes_of_image = keras.backend.standardize_dtype(tensor.dtype) == "uint8"
    return ops.cast(tensor, "float32") / 255.0 if bytes_of_image else tensor
