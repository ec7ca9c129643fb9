"""From an architecture to a Keras model that takes a dataset's inputs and gives logits."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common import global_state

from cerebro_db.errors import CodeFailed, InvalidArgument
from cerebro_db.model.admission import PACKAGE, admit, check_outputs
from cerebro_db.model.code import Code
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.parameters import checked
from cerebro_db.model.signature import Input, Signature
from cerebro_db.model.spec import FamilyArchitecture, KerasArchitecture, Spec
from cerebro_db.polls import no_poll
from cerebro_db.training.keras.building import Building, Layers, building
from cerebro_db.training.keras.families import BUILDERS
from cerebro_db.training.keras.layers import Dropout
from cerebro_db.training.registered import load

# Where Keras keeps how many objects of a kind it has named.
_NAMES = "object_name_uids"


@dataclass(frozen=True)
class Network:
    """A Keras model.

    Args:
        model: it gives logits.
        positions: which input of the signature each of its inputs takes.
        layers: its layers under the names that ``model/cost`` has for those with weights.
    """

    model: keras.Model
    positions: tuple[int, ...]
    layers: Layers

    @property
    def dropouts(self) -> list[Dropout]:
        """The layers whose rate is the configuration's."""
        return [layer for layer in self.model.layers if isinstance(layer, Dropout)]

    def logits(self, inputs: Sequence[tf.Tensor], *, training: bool) -> tf.Tensor:
        """Return (rows, units) for the signature's inputs, given in order as in chunks; or
        (rows, heads, units) where the network has several heads."""
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
        if isinstance(spec.architecture, FamilyArchitecture):
            network = _family(spec.architecture, spec.signature)
        else:
            layers = {code.name: code for code in spec.registered("layer")}
            network = _registered(spec.architecture, spec.signature, layers, poll)
    for name in spec.frozen:
        network.layers[name].trainable = False
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


def _family(architecture: FamilyArchitecture, signature: Signature) -> Network:
    # Names of columns may hold what Keras does not take in a name.
    tensors = [
        keras.Input(item.shape, dtype=_dtype(item), name=f"input_{i}")
        for i, item in enumerate(signature.inputs)
    ]
    inputs = list(zip(signature.inputs, tensors, strict=True))
    # Again: what was stored in between is not trusted.
    parameters = checked(FAMILIES[architecture.family].parameters, architecture.parameters)
    outputs = BUILDERS[architecture.family](parameters, inputs, signature.output.units)
    model = keras.Model(tensors, outputs)
    layers = {layer.name: layer for layer in model.layers}
    return Network(model, tuple(range(len(tensors))), layers)


def _registered(
    architecture: KerasArchitecture,
    signature: Signature,
    code: Mapping[str, Code],
    poll: Callable[[], None],
) -> Network:
    # Again: what was stored in between is not trusted.
    config = admit(architecture.keras, lambda name, kind: code.get(name))
    classes = {f"{PACKAGE}>{name}": _layer_class(code[name]) for name in code}
    # The names mean these versions from here on, whatever the process has executed before.
    keras.saving.get_custom_objects().update(classes)
    model, named = _built(building(config), poll)
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 2:
        raise _unbuildable(f"Its output has the shape {shape}.")
    check_outputs(shape[1], signature.output)
    names = [item.name for item in signature.inputs]
    layers = [tensor._keras_history.operation.name for tensor in model.inputs]
    positions = tuple(names.index(architecture.inputs[layer]) for layer in layers)
    return Network(model, positions, named)


def _built(steps: Building, poll: Callable[[], None]) -> tuple[keras.Model, Layers]:
    while True:
        poll()
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        except (MemoryError, OSError, tf.errors.ResourceExhaustedError):
            raise
        except Exception as error:  # whatever else Keras raises, it is about this architecture
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


def _dtype(item: Input) -> str:
    return "int32" if item.sizes else "float32"


def _prepared(tensor: tf.Tensor) -> Any:
    """Bring bytes of images to [0, 1]; all else is ready."""
    return tf.cast(tensor, tf.float32) / 255.0 if tensor.dtype == tf.uint8 else tensor
