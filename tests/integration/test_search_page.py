"""The examples of docs/search.md run as they stand there, and do what the page says."""

from __future__ import annotations

import re

import pytest
from fix_docs import page
from fix_server import Connection

from cerebro_db.search import METHODS
from cerebro_db.testing.calls import rows, value

_TEXT = page("search.md")


@pytest.fixture(scope="module", autouse=True)
def examples(connection: Connection) -> None:
    for block in re.findall(r"```sql\n(.*?)```", _TEXT, re.DOTALL):
        connection.execute(block.encode())


def test_each_method_has_an_example() -> None:
    shown = set(re.findall(r'"method": "(\w+)"', _TEXT))
    assert shown | {"grid"} == set(METHODS)


def test_the_examples_end_as_the_page_says(connection: Connection) -> None:
    found = rows(connection, "select distinct status from cerebro.runs")
    assert found == [("finished",)]
    trained = "select count(*) from cerebro.learning_curves where run = %s"
    assert value(connection, trained, "halved") == 9 + 3 * 2 + 6
    assert value(connection, "select count(*) from cerebro.configs where run = 'hyperband'") == 17
    assert value(connection, trained, "frugal") <= 40
    reasons = rows(connection, "select reason from cerebro.configs where run = 'hyperband'")
    assert ("rung 0 of bracket 2: 7th of 9, the best 3 go on",) in reasons
