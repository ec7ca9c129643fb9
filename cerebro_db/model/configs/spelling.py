"""How layers of Keras 2 and of early releases of Keras 3 spell their arguments, and what each means
in the spelling of today. Whatever no line here knows stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cerebro_db.model.code import registered_layer
from cerebro_db.model.layers._base import OWN, PACKAGE

Config = dict[str, Any]

# Where Keras 2, and its heir tf_keras, keep what Keras 3 has under the last names.
_MODULES = {
    "tf_keras": "keras",
    "tf_keras.layers": "keras.layers",
    "tf_keras.initializers": "keras.initializers",
    "tf_keras.regularizers": "keras.regularizers",
    "tf_keras.constraints": "keras.constraints",
}


def of_keras(document: Any) -> bool:
    """Return whether an object of a config says nothing against being of Keras: registered layers
    and the project's own may have names that Keras has, and their arguments mean what they say."""
    if registered_layer(document) is not None:
        return False
    found = document if isinstance(document, dict) else {}
    within = str(found.get("registered_name")).startswith(f"{PACKAGE}>")
    return not within and found.get("module") != OWN


def spelled(document: Any) -> Any:
    """Return a layer, or another object that stands among its arguments, in today's spelling."""
    if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
        return document
    if not of_keras(document):
        return document
    found = dict(document)
    if isinstance(found.get("module"), str):
        found["module"] = _MODULES.get(found["module"], found["module"])
    if "build_config" in found and of_shapes(found["build_config"]):
        del found["build_config"]
    config = {name: _value(value) for name, value in found["config"].items()}
    name = found.get("class_name")
    if isinstance(name, str):
        found["class_name"], config = _today(name, config)
    found["config"] = config
    return found


def of_shapes(value: Any) -> bool:
    """Return whether a value says no more than which shapes a layer has seen: sizes and nulls,
    named or in lists, as plain JSON or as Keras 2 writes a shape or a tuple."""
    if isinstance(value, dict):
        written = value.get("class_name") in ("TensorShape", "__tuple__")
        return all(of_shapes(v) for name, v in value.items() if not written or name != "class_name")
    if isinstance(value, list):
        return all(map(of_shapes, value))
    sized = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
    return value is None or sized


def _value(value: Any) -> Any:
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    if value["class_name"] == "Policy" and value.get("config") == {"name": "float32"}:
        return "float32"
    return spelled(value)


def _today(name: str, config: Config) -> tuple[str, Config]:
    if name == "InputLayer":
        _rename(config, "batch_input_shape", "batch_shape")
    for left, harmless in {**_EVERYWHERE, **_LEFT_OUT.get(name, {})}.items():
        if left in config and harmless(config[left]):
            del config[left]
    for before, now in _RENAMED.get(name, {}).items():
        _rename(config, before, now)
    match name:
        case "BatchNormalization" if isinstance(config.get("axis"), list):
            config["axis"] = config["axis"][0] if len(config["axis"]) == 1 else config["axis"]
        case "VarianceScaling" if config.get("distribution") == "normal":
            config["distribution"] = "truncated_normal"
        case "ThresholdedReLU":
            return "ReLU", config
        case "Normalization" if config.get("mean") is None and config.get("variance") is None:
            # As long as nobody has called adapt(), it passes on what it is given; what adapt()
            # found would be among the weights, which no config has.
            return "Activation", _shared(config) | {"activation": "linear"}
    return name, config


def _rename(config: Config, before: str, now: str) -> None:
    if before in config and now not in config:
        config[now] = config.pop(before)


def _shared(config: Config) -> Config:
    return {name: config[name] for name in ("name", "trainable", "dtype") if name in config}


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda found: any(type(found) is type(value) and found == value for value in values)


def _size(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _of_no_effect(value: Any) -> bool:
    return value is None or isinstance(value, str | dict)


# Arguments that Keras 3 has not, by what they may be without asking for anything.
_EVERYWHERE: dict[str, Callable[[Any], bool]] = {"batch_input_shape": of_shapes}
_RECURRENT = {"implementation": _one_of(0, 1, 2), "time_major": _one_of(False)}
_CONSTANT = {"dtype": lambda value: value is None or isinstance(value, str)}
_GROUPS = {"groups": _one_of(1)}
_LEFT_OUT: dict[str, dict[str, Callable[[Any], bool]]] = {
    "BatchNormalization": {
        "fused": _one_of(None, True, False),
        "virtual_batch_size": _one_of(None),
        "adjustment": _one_of(None),
    },
    "Conv1DTranspose": _GROUPS,
    "Conv2DTranspose": _GROUPS,
    "DepthwiseConv2D": _GROUPS,
    "Embedding": {"input_length": _size},
    "GRU": _RECURRENT,
    "InputLayer": {"type_spec": _one_of(None)},
    "LSTM": _RECURRENT,
    "MultiHeadAttention": dict.fromkeys(("query_shape", "key_shape", "value_shape"), of_shapes),
    "Ones": _CONSTANT,
    "SeparableConv2D": {
        **_GROUPS,
        "kernel_initializer": _of_no_effect,
        "kernel_regularizer": _of_no_effect,
        "kernel_constraint": _of_no_effect,
    },
    "SimpleRNN": _RECURRENT,
    "Zeros": _CONSTANT,
}
_RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ThresholdedReLU": {"theta": "threshold"},
}
