"""What a framework cannot train, refused by name before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.literals import json_literal
from cerebro_db.model.calls import Call, calls_of, in_layer
from cerebro_db.model.code import Code, Kind
from cerebro_db.model.frameworks import JAX, SPOKEN, TENSORFLOW, TORCH, Framework
from cerebro_db.model.layers import augmentation, convolution, layer_of, transposed
from cerebro_db.model.network import graph_of
from cerebro_db.model.spec import Spec

_SLOW = "XLA computes it tens of times more slowly on a processor than TensorFlow."
_CODE = "Registered layers and losses are made of TensorFlow's operations."

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
    graph = graph_of(spec)
    calls = list(calls_of(graph.architecture.keras))
    lacking = next(_lacking(calls, spec.framework), None)
    if lacking is None:
        return
    call, class_name, reason = lacking
    others = [TENSORFLOW] if spec.registered("loss") else SPOKEN
    able = [one for one in others if next(_lacking(calls, one), None) is None]
    where = graph.places.get(call.name, call.where)
    ending = "" if call.name in graph.places else in_layer(call.name)
    raise InvalidArgument(
        f"{where} ({class_name}): {SPOKEN[spec.framework]} cannot train this layer{ending}",
        detail=reason,
        hint=_train_with(able),
    )


def check_code(spec: Spec, kind: Kind, framework: Framework, whose: str = "") -> None:
    """Refuse registered code of a kind that a framework cannot execute.

    Args:
        spec: the configuration that has it.
        whose: what people call the configuration, where it is not the one that they ask for.

    Raises:
        InvalidArgument: the configuration has some.
    """
    for code in spec.registered(kind):
        if framework != TENSORFLOW:
            raise cannot_execute(code, framework, whose)


def cannot_execute(code: Code, framework: Framework, whose: str = "") -> InvalidArgument:
    """Return the error that a framework executes no registered code; see ``check_code``."""
    of = f" of {whose}" if whose else ""
    return InvalidArgument(
        f"registered {code.kind} {code.name}{of}: {SPOKEN[framework]} cannot execute it",
        detail=_CODE,
        hint=_train_with([TENSORFLOW]),
    )


def _train_with(frameworks: Iterable[Framework]) -> str:
    """Return the hint to take one of these."""
    options = [json_literal({"framework": one}) for one in frameworks]
    return f"Train with options => {' or '.join(options)}."


def _lacking(calls: Iterable[Call], framework: Framework) -> Iterator[tuple[Call, str, str]]:
    """Yield what a framework cannot train: the call, the layer's class and the reason."""
    if framework == TENSORFLOW:
        return
    for call in calls:
        for class_name, ours in _classes(call.layer):
            reason = _LACKING[framework].get(class_name) if ours else _CODE
            if reason is not None:
                yield call, class_name, reason


def _classes(layer: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield the class of a layer, and of one that it wraps, and whether it is an admitted one and
    not registered code."""
    yield layer["class_name"], layer_of(layer) is not None
    wrapped = layer["config"].get("layer")
    if isinstance(wrapped, dict):
        yield from _classes(wrapped)
