"""Operations between layers, such as ``x * 0.5 + 3``, as the layers that do the same.

Keras 3 writes the class of an operation and the arguments of its call; Keras 2 a ``TFOpLambda``
with the name of a function of TensorFlow. One that no line here knows stays as it is.
"""

from __future__ import annotations

from typing import Any

from cerebro_db.model.configs.tensors import histories
from cerebro_db.model.layers import LAYERS

Layer = dict[str, Any]

_OF_KERAS = ("keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math")
_OF_TENSORFLOW = ("TFOpLambda",)

# Our names of operations, by those of Keras 3 and of TensorFlow.
_NAMES = {
    "Add": "Add", "__operators__.add": "Add", "math.add": "Add",
    "Subtract": "Subtract", "math.subtract": "Subtract",
    "Multiply": "Multiply", "math.multiply": "Multiply",
    "Divide": "Divide", "TrueDivide": "Divide", "math.truediv": "Divide", "math.divide": "Divide",
    "Negative": "Negative", "math.negative": "Negative",
    "Maximum": "Maximum", "math.maximum": "Maximum",
    "Minimum": "Minimum", "math.minimum": "Minimum",
    "Concatenate": "Concatenate", "NotEqual": "NotEqual",
    "Relu": "relu", "nn.relu": "relu",
    "Relu6": "relu6", "nn.relu6": "relu6",
    "Sigmoid": "sigmoid", "math.sigmoid": "sigmoid", "nn.sigmoid": "sigmoid",
    "Silu": "silu", "nn.silu": "silu", "nn.swish": "silu",
    "Tanh": "tanh", "math.tanh": "tanh", "nn.tanh": "tanh",
    "Softplus": "softplus", "math.softplus": "softplus", "nn.softplus": "softplus",
    "Softsign": "softsign", "nn.softsign": "softsign",
    "Selu": "selu", "nn.selu": "selu",
    "Exp": "exponential", "math.exp": "exponential",
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid",
}  # fmt: skip
_MERGING = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")


def as_layer(document: Layer, nodes: Any) -> tuple[Layer, Any]:
    """Return a layer and its calls, instead of an operation and its call."""
    operation = _operation(document)
    if operation is None or not isinstance(nodes, list) or len(nodes) != 1:
        return document, nodes
    given = _arguments(document, nodes[0])
    found = None if given is None else _layer(operation, given, document["config"])
    if found is None:
        return document, nodes
    class_name, arguments, taken = found
    config = {**arguments, "name": document["config"].get("name")}
    layer = {
        "module": LAYERS[class_name].module,
        "class_name": class_name,
        "config": config,
        "registered_name": LAYERS[class_name].registered_name,
    }
    kept = {name: value for name, value in document.items() if name in ("name", "inbound_nodes")}
    return {**kept, **layer}, [{"args": taken, "kwargs": {}}]


def _operation(document: Layer) -> str | None:
    """Return our name of an operation; None for what is none, or unknown."""
    name, config = document.get("class_name"), document.get("config")
    if not isinstance(config, dict) or not isinstance(name, str):
        return None
    if name in _OF_TENSORFLOW:
        name = config.get("function")
    elif document.get("module") not in _OF_KERAS:
        return None
    return _NAMES.get(name) if isinstance(name, str) else None


def _arguments(document: Layer, node: Any) -> list[Any] | None:
    """Return what an operation takes, in order: tensors, numbers, lists of tensors."""
    match node:
        case {"args": list(args), "kwargs": dict(kwargs), **rest} if not rest:
            named = dict(kwargs)
        case {"args": list(args), **rest} if not rest:
            named = {}
        case _:
            return None
    second = named.pop("y", named.pop("x2", None))
    # The name of the operation itself.
    named.pop("name", None)
    if named:
        return None
    return [*args, *([] if second is None else [second])]


def _layer(operation: str, given: list[Any], config: Layer) -> tuple[str, Layer, list[Any]] | None:
    """Return the class, the arguments and the inputs of a layer that does an operation."""
    if operation == "Concatenate":
        match given:
            case [list(tensors)] if len(histories(tensors)) == len(tensors):
                return "Concatenate", {"axis": config.get("axis", 0)}, [tensors]
        return None
    tensors = [item for item in given if _is_tensor(item)]
    if len(given) == 1 and tensors:
        if operation == "Negative":
            return "Rescaling", {"scale": -1.0, "offset": 0.0}, tensors
        if operation[0].islower():
            return "Activation", {"activation": operation}, tensors
        return None
    if len(given) != 2 or not tensors:
        return None
    if len(tensors) == 2:
        return (operation, {}, [tensors]) if operation in _MERGING else None
    (number,) = (item for item in given if not _is_tensor(item))
    if operation == "NotEqual":
        # The mask of an Embedding, which Keras writes down where it comes to a layer that heeds it.
        return ("WordMask", {}, tensors) if number == 0 else None
    line = _line(operation, number, number_first=not _is_tensor(given[0]))
    if line is None:
        return None
    return "Rescaling", {"scale": line[0], "offset": line[1]}, tensors


def _line(operation: str, number: Any, *, number_first: bool) -> tuple[float, float] | None:
    """Return the slope and the offset of what an operation with a number does."""
    if not isinstance(number, int | float) or isinstance(number, bool) or abs(number) > 1e30:
        return None
    match operation:
        case "Add":
            return 1.0, number
        case "Subtract":
            return (-1.0, number) if number_first else (1.0, -number)
        case "Multiply":
            return number, 0.0
        case "Divide" if number and not number_first:
            return 1.0 / number, 0.0
    return None


def _is_tensor(item: Any) -> bool:
    return isinstance(item, dict) and len(histories(item)) == 1
