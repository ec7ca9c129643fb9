"""Numbers come back from JSON in the types that are declared, and not in those that JSON gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fuzz.rows import ENCODING

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features.arrays import ArrayImage, Vector
from cerebro_db.dataset.features.dates import DateTime
from cerebro_db.dataset.features.numbers import Number
from cerebro_db.model import Spec, resolve
from cerebro_db.model.signature import Input, Output, Signature
from cerebro_db.search import Space

_HUGE = 1e30
_VALUES = Output("regression", ("u", "v"), 2, means=(_HUGE, -_HUGE), scales=(_HUGE, 2.0))


def _stored(document: Any) -> Any:
    """Return a document as jsonb gives it back: a large float is written with all its digits."""
    match document:
        case dict():
            return {name: _stored(value) for name, value in document.items()}
        case list() | tuple():
            return [_stored(value) for value in document]
        case float() if document == int(document):
            return int(document)
        case _:
            return json.loads(json.dumps(document))


def _types(document: Any) -> Any:
    match document:
        case dict():
            return {name: _types(value) for name, value in document.items()}
        case list() | tuple():
            return [_types(value) for value in document]
        case _:
            return type(document)


@pytest.mark.parametrize(
    "feature",
    [
        Number("n", "numeric", "", True, _HUGE, _HUGE, False),
        Vector("v", "real[]", "", False, (_HUGE, 1.0), (1.0, _HUGE), (2,)),
        ArrayImage("i", "real[]", "", False, (1, 2, 1), _HUGE, _HUGE, (2,)),
        DateTime("d", "date", "", False, _HUGE, _HUGE, False, ("day",)),
        *ENCODING.features,
    ],
)
def test_features(feature: Any) -> None:
    document = feature.to_json()
    found = type(feature).from_json(_stored(document))
    assert found == feature
    assert _types(found.to_json()) == _types(document)


def test_outputs() -> None:
    encoding = Encoding(ENCODING.features, (), _VALUES)
    found = Encoding.from_json(_stored(encoding.to_json()))
    assert found == encoding
    assert _types(found.to_json()) == _types(encoding.to_json())


def test_specs() -> None:
    signature = Signature((Input("numeric", "numeric", (3,), "float32"),), _VALUES)
    model = {"family": "mlp", "epsilon": _HUGE, "amsgrad": True, "clipnorm": _HUGE, "l2": 1.0}
    spec = resolve(model, {"learning_rate": 0.5}, signature, {}.__getitem__)
    found = Spec.from_json(_stored(spec.to_json()))
    assert found == spec
    assert _types(found.to_json()) | {"architecture": None} == _types(spec.to_json()) | {
        "architecture": None
    }


def test_spaces() -> None:
    space = {"epsilon": {"log": [1e-8, _HUGE], "points": 2}, "clipnorm": {"uniform": [1.0, _HUGE]}}
    found = Space.parse(_stored(space))
    assert found == Space.parse(space)
    (epsilon,) = (place.dimension for place in found.places() if place.name == "epsilon")
    assert _types([option.value for option in epsilon.grid("epsilon")]) == [float, float]
