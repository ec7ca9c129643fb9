"""The numbers of a configuration that are inputs of its program: others may have other ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cerebro_db.model.spec import Spec

# Whether a rate is 0 stays part of the program, which then lacks what the rate is for.
_RATES = frozenset(
    (
        "beta_1", "beta_2", "clipnorm", "dropout", "epsilon", "initial_accumulator_value", "l2",
        "label_smoothing", "learning_rate", "momentum", "rho", "weight_decay",
    )
)  # fmt: skip


# A state goes on with other values of these, as long as what is 0 stays 0, and nothing else is.
MUTABLE = _RATES | {"batch_size"}


def rates(spec: Spec) -> dict[str, float]:
    """Return the configuration's rates by name; always the same names for one program."""
    found = {}
    for place in _places(spec.to_json()):
        found.update({name: value or 0.0 for name, value in place.items() if name in _RATES})
    return found


def structure(spec: Spec) -> str:
    """Return what is the same for all configurations that one program serves, and only for them.

    One can go on from another's state if this is the same for both.
    """
    document = spec.to_json()
    for place in _places(document):
        place.update({name: bool(value) for name, value in place.items() if name in _RATES})
    del document["batch_size"], document["pretrained"]
    # Not the graph but what its results are measured with.
    document["code"] = [code.sha256 for code in spec.code if code.kind != "metric"]
    return json.dumps(document, sort_keys=True)


def _places(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    yield document["optimizer_parameters"]
    yield document["architecture"].get("parameters", {})
