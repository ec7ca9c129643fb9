"""What a framework cannot train, refused by name before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.calls import calls_of, in_layer
from cerebro_db.model.code import Kind
from cerebro_db.model.frameworks import JAX, SPOKEN, TENSORFLOW, TORCH, Framework
from cerebro_db.model.layers import augmentation, convolution, layer_of, transposed
from cerebro_db.model.network import graph_of
from cerebro_db.model.spec import Spec

_SLOW = "XLA computes it tens of times more slowly on a processor than TensorFlow."
_CODE = "Registered layers and losses are made of TensorFlow's operations."

_HINT = f'Train with options => {{"framework": "{TENSORFLOW}"}}.'

# Of each framework the layers that it does not have here, by class, with the reason.
_LACKING: Mapping[Framework, Mapping[str, str]] = {
    JAX: {
        layer.name: _SLOW
        for group in (convolution, transposed, augmentation)
        for layer in group.LAYERS
    },
    TORCH: {},
}


def check_layers(spec: Spec) -> None:
    """Refuse a layer that the configuration's framework cannot train.

    Raises:
        InvalidArgument: it has one; the message names it.
    """
    if spec.framework == TENSORFLOW:
        return
    lacking = _LACKING[spec.framework]
    graph = graph_of(spec)
    for call in calls_of(graph.architecture.keras):
        for class_name, ours in _classes(call.layer):
            reason = lacking.get(class_name) if ours else _CODE
            if reason is not None:
                where = graph.places.get(call.name, call.where)
                ending = "" if call.name in graph.places else in_layer(call.name)
                raise InvalidArgument(
                    f"{where} ({class_name}): {SPOKEN[spec.framework]} cannot train this layer"
                    f"{ending}",
                    detail=reason,
                    hint=_HINT,
                )


def check_code(spec: Spec, kind: Kind, framework: Framework, whose: str = "") -> None:
    """Refuse registered code of a kind that a framework cannot execute.

    Args:
        spec: the configuration that has it.
        whose: what people call the configuration, where it is not the one that they ask for.

    Raises:
        InvalidArgument: the configuration has some.
    """
    of = f" of {whose}" if whose else ""
    for code in spec.registered(kind):
        if framework != TENSORFLOW:
            raise InvalidArgument(
                f"registered {kind} {code.name}{of}: {SPOKEN[framework]} cannot execute it",
                detail=_CODE,
                hint=_HINT,
            )


def _classes(layer: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield the class of a layer, and of one that it wraps, and whether it is an admitted one and
    not registered code."""
    yield layer["class_name"], layer_of(layer) is not None
    wrapped = layer["config"].get("layer")
    if isinstance(wrapped, dict):
        yield from _classes(wrapped)
