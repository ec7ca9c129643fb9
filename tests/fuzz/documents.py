"""Strategies for JSON arguments: sound ones with something changed reach further than others."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from cerebro_db.dataset.request.overrides import KINDS
from cerebro_db.model.families import FAMILIES
from cerebro_db.model.parameters import TRAINING
from cerebro_db.search import METHODS

_DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "config": {"name": "d", "units": "${width}", "activation": "relu"},
}
_SEQUENTIAL = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {"name": "s", "layers": [_DENSE, _DENSE | {"config": {"name": "e", "units": 1}}]},
}
_INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "name": "i",
    "config": {"name": "i", "batch_shape": [None, 4], "dtype": "float32"},
    "inbound_nodes": [],
}
_TENSOR = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["i", 0, 0]},
}
_CALLED = {
    "module": "keras.layers",
    "class_name": "Dense",
    "name": "d",
    "config": {"name": "d", "units": 1, "kernel_initializer": {
        "module": "keras.initializers", "class_name": "HeNormal", "config": {"seed": None}}},
    "inbound_nodes": [{"args": [_TENSOR], "kwargs": {}}],
}  # fmt: skip
_FUNCTIONAL = {
    "module": "keras.src.models.functional",
    "class_name": "Functional",
    "config": {
        "name": "f",
        "layers": [_INPUT, _CALLED],
        "input_layers": [["i", 0, 0]],
        "output_layers": [["d", 0, 0]],
    },
}
MODELS: list[Any] = [
    "mlp",
    *({"family": name} for name in FAMILIES),
    {"family": "mlp", "hidden": [8, "4"], "dropout": 0.5, "optimizer": "adam"},
    {"keras": _SEQUENTIAL, "width": 3},
    {"keras": _FUNCTIONAL, "learning_rate": 0.1},
]
PARAMS: list[Any] = [
    {"learning_rate": 0.1, "batch_size": 32},
    {"hidden": [8, 8], "activation": "relu", "optimizer": "sgd", "momentum": 0.9},
    {"l2": 0.1, "clipnorm": 1, "weight_decay": 0, "label_weights": {"a": 1, "b": 2}},
]
SPACES: list[Any] = [
    {"learning_rate": {"log": [0.001, 0.1], "points": 3}, "batch_size": [32, 64]},
    {"dropout": {"uniform": [0, 0.5]}, "hidden": [[8], [8, 8]]},
    {"batch_size": {"int": [16, 64, 16]}, "l2": 0},
    {"batch_size": {"int": [16, 1024], "log": True, "points": 3}, "model": ["net a", "net b"]},
    {"beta_1": {"log_near_one": [0.9, 0.999]}, "dropout": {"uniform": [0, 0.5], "step": 0.1}},
    {"optimizer": [{"value": "sgd", "with": {"momentum": [0, 0.9]}}, "adam"], "epochs": [1, 3]},
    [{"family": ["mlp", "linear"], "hidden": [[8], []]}, {"optimizer": "sgd", "nesterov": True}],
]
SEARCHES: list[Any] = [
    {},
    *({"method": name} for name in METHODS),
    {"method": "random", "configs": 3},
    {"method": "halving", "configs": 9, "eta": 2, "min_epochs": 1, "epochs": 20, "seconds": 9.5},
    {"method": "asha", "parallel": 2, "order": "free", "sampler": "random"},
    {"method": "pbt", "configs": 4, "interval": 2, "quantile": 0.3},
    {"early_stopping": {"patience": 2, "min_delta": 0.1}, "prune": "median"},
    {"prune": {"percentile": 25, "startup": 2, "warmup": 1, "interval": 2}, "order": "strict"},
    {"prune": {"threshold": 0.5}},
]
ENCODES: list[Any] = [
    {"n": "number", "t": {"as": "text", "method": "hash", "words": 100, "length": 9}},
    {"t": {"as": "embedding", "max": 5}, "a": {"as": "image", "shape": [2, 2, 1]}},
    {"b": {"as": "image", "shape": [2, 2], "dtype": "uint8"}, "d": "skip"},
]
OPTIONS: list[Any] = [
    {"threads": 2, "cache_mb": 10, "keep": 1, "durability": "full"},
    {"features": ["a"], "task": "binary", "validation": 0.1, "partitions": 3, "encode": {}},
]

_NAMES = sorted(
    {"epochs", "log_near_one", "model", "step", "value", "with"}
    | {"as", "class_name", "config", "configs", "family", "int", "keras", "log", "module", "points"}
    | {"inbound_nodes", "layers", "method", "registered_name", "shared_object_id", "uniform"}
    | {parameter.name for parameter in TRAINING}
    | KINDS.keys()
)
_numbers = st.integers() | st.floats() | st.sampled_from([0, 1, -1, 2**31, 2**63, 2**70, 1e308])
_leaves = st.none() | st.booleans() | _numbers | st.sampled_from(_NAMES) | st.text(max_size=20)
anything = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=10), inner, max_size=5)
    ),
    max_leaves=20,
)


@st.composite
def changed(draw: st.DrawFn, sound: list[Any]) -> Any:
    """Return a sound document in which up to three places hold something else, or nothing."""
    document = copy.deepcopy(draw(st.sampled_from(sound)))
    for _ in range(draw(st.integers(0, 3))):
        document = _changed_once(draw, document)
    return document


def _changed_once(draw: st.DrawFn, document: Any) -> Any:
    places: list[Any] = []
    if isinstance(document, dict | list):
        places = list(document if isinstance(document, dict) else range(len(document)))
    if not places or draw(st.integers(0, 4)) == 0:
        return draw(anything)
    place = draw(st.sampled_from(places))
    match draw(st.integers(0, 9)):
        case 0 if isinstance(document, dict):
            document[draw(st.sampled_from(_NAMES))] = document.pop(place)
        case 1:
            del document[place]
        case _:
            document[place] = _changed_once(draw, document[place])
    return document
