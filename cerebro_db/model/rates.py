"""The numbers of a configuration that are inputs of its program: others may have other ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cerebro_db.model.schedules import SHAPES, Shape, warmed_up
from cerebro_db.model.spec import Spec

# Whether a rate is 0 stays part of the program, which then lacks what the rate is for.
_RATES = frozenset(
    (
        "adam_beta_1", "adam_beta_2", "adam_lr_ratio", "attention_dropout", "beta_1", "beta_2",
        "beta_2_decay", "clip_threshold", "clipnorm", "clipvalue", "dropout", "ema",
        "embedding_dropout", "epsilon", "epsilon_1", "epsilon_2", "global_clipnorm",
        "initial_accumulator_value",
        "l2", "label_smoothing", "learning_rate", "momentum", "residual_dropout", "rho",
        "rms_rate", "unknown", "weight_decay",
    )
)  # fmt: skip


# What schedules there are is part of the program, but not which: it takes the rates of each step.
_SCHEDULES = ("schedule", "dropout_schedule", "weight_decay_schedule")

# A state goes on with other values of these, as long as what is 0 stays 0, and nothing else is.
MUTABLE = _RATES | {"batch_size"}


def rates(spec: Spec) -> dict[str, float]:
    """Return the configuration's rates by name; always the same names for one program."""
    found = {}
    for place in _places(spec.to_json()):
        found.update({name: value or 0.0 for name, value in place.items() if name in _RATES})
    return found


def scheduled(spec: Spec) -> dict[str, Shape]:
    """Return the rates that change in the course of a configuration, each with how it does; always
    the same names, in one order, for one program."""
    shapes = {name: shape for name in rates(spec) if (shape := _shape(spec, name)) is not None}
    return dict(sorted(shapes.items()))


def _shape(spec: Spec, rate: str) -> Shape | None:
    if rate == "learning_rate":
        shape = None if spec.schedule is None else SHAPES[spec.schedule]
        return warmed_up(shape, spec.warmup)
    name = None
    if rate == "weight_decay":
        name = spec.weight_decay_schedule
    elif rate.endswith("dropout"):
        name = spec.dropout_schedule
    return None if name is None else SHAPES[name]


def structure(spec: Spec) -> str:
    """Return what is the same for all configurations that one program serves, and only for them.

    One can go on from another's state if this is the same for both.
    """
    document = spec.to_json()
    for place in _places(document):
        place.update({name: bool(value) for name, value in place.items() if name in _RATES})
    document.update({name: bool(document[name]) for name in _SCHEDULES})
    document["schedule"] |= bool(document["warmup"])
    del document["batch_size"], document["pretrained"], document["warmup"]
    # Nor what is learned of labels: it is in weights of classes, and in no graph.
    for learned in ("counts", "means", "scales", "lows", "highs"):
        del document["signature"]["output"][learned]
    # Not the graph but what its results are measured with.
    document["code"] = [code.sha256 for code in spec.code if code.kind != "metric"]
    return json.dumps(document, sort_keys=True)


def _places(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    yield document["optimizer_parameters"]
    yield document["architecture"].get("parameters", {})
