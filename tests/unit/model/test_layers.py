"""What is said of layers: a layer of the project's own stands in configs as one of Keras' does."""

import re
from typing import Any

import pytest
from fix_docs import page

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.admission import admit
from cerebro_db.model.layers import LAYERS, layer_of
from cerebro_db.model.layers._base import own_layer
from cerebro_db.model.layers.needs import Needs
from cerebro_db.model.values import number

TILTED = own_layer("Tilted", {"by": number()}, lambda arguments, shape: Needs(shape))


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAYERS, "Tilted", TILTED)


def tilted(**members: Any) -> dict[str, Any]:
    return {"class_name": "Tilted", "config": {"by": 2, "name": "tilt"}, **members}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"layers": list(layers)}}


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    "members",
    [
        {},
        # As Keras writes a class of a package.
        {"module": None, "registered_name": "cerebro_db>Tilted"},
        {"module": "cerebro_db.layers", "registered_name": "cerebro_db>Tilted"},
    ],
)
def test_a_layer_of_our_own_is_admitted_under_its_registered_name(members: dict[str, Any]) -> None:
    layer, _ = admit(sequential(tilted(**members)))["config"]["layers"]
    del layer["inbound_nodes"]
    assert layer == {
        "module": "cerebro_db.layers",
        "class_name": "Tilted",
        "config": {"by": 2.0, "name": "tilt"},
        "registered_name": "cerebro_db>Tilted",
        "name": "tilt",
    }
    assert layer_of(layer) is TILTED


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"module": "keras.layers"}, r"module must be one of cerebro_db.layers"),
        ({"registered_name": "builtins>Tilted"}, "registered_name must be cerebro_db>Tilted"),
        ({"config": {"by": "much"}}, r"config.by must be a number"),
        ({"config": {"call": "exec"}}, 'has a member "call" that is not admitted'),
    ],
)
def test_nothing_else_is(members: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        admit(sequential(tilted(**members)))


def test_registered_code_is_none_of_them() -> None:
    stated = {"module": "cerebro", "class_name": "Dense", "registered_name": "cerebro>Dense"}
    assert layer_of(stated) is None


def test_the_documentation_names_each_layer_once() -> None:
    section = page("data-scientists.md").split("### What is admitted", 1)[1].split("\n## ", 1)[0]
    rows = [
        line.split("|") for line in section.splitlines() if re.match(r"\|[^|-]+\|[^|]+\|", line)
    ]
    named = [name for row in rows for name in row[2].strip().split(", ") if name != "layers"]
    assert sorted(named) == sorted(LAYERS)
