"""What the verbs refuse, besides what the conformance suite tries: each with its SQLSTATE, a
DETAIL, and a HINT that helps."""

from __future__ import annotations

import pytest
from fix_fit import QUICK, fit
from fix_server import Connection

from cerebro_db.testing.calls import error_of
from cerebro_db.testing.data import load_tumours_into


@pytest.fixture(scope="module", autouse=True)
def cancer(connection: Connection) -> None:
    """A run and its dataset, whose names are taken."""
    load_tumours_into(connection)
    fit(connection, "cancer", "tumours", "diagnosis", QUICK)


REFUSALS = [
    # cerebro_fit: arguments
    ("cerebro_fit(null, 'tumours', 'diagnosis')", "22023", ""),
    ("cerebro_fit('', 'tumours', 'diagnosis')", "22023", ""),
    ("cerebro_fit('x', 'tumours', 'diagnosis', workers => -1)", "22023", ""),
    ("cerebro_fit('x', 'tumours', 'diagnosis', metric => 'rmse')", "22023", ""),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', model => '[1]')""", "22023", ""),
    (
        """cerebro_fit('x', 'tumours', 'diagnosis', space => '{"learning_rate": [-1]}')""",
        "22023",
        "",
    ),
    (
        """cerebro_fit('x', 'tumours', 'diagnosis', space => '{"dropout": {"log": [0, 1]}}')""",
        "22023",
        "",
    ),
    (
        """cerebro_fit('x', 'tumours', 'diagnosis', search => '{"method": "bayes"}')""",
        "22023",
        "",
    ),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', options => '{"keep": 0}')""", "22023", ""),
    # cerebro_prepare: arguments and rows
    ("cerebro_prepare(null, 'tumours', 'diagnosis')", "22023", ""),
    ("cerebro_prepare('cancer', 'tumours', 'diagnosis')", "42710", "replace"),
    ("cerebro_prepare('x', 'tumours', null)", "22023", ""),
    ("cerebro_prepare('x', 'selct * from tumours', 'a')", "42601", "SELECT"),
    ("cerebro_prepare('x', 'tumours t', 'a')", "42601", "select * from tumours t"),
    ("cerebro_prepare('x', 'select * from tumours for update', 'a')", "42601", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', validation => '20%')", "22023", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', array[null, 'size'])", "22023", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', '{}')", "22023", ""),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', options => '{"threads": 1e12}')""", "22023", ""),
    ("""cerebro_fit('x', 'tumours', 'diagnosis', space => '{"hidden": [64]}')""", "22023", "[[64]"),
    ("cerebro_prepare('x', 'select * from tumours where false', 'diagnosis')", "22000", ""),
    ("cerebro_prepare('x', 'tumours', 'diagnosis', task => 'ranking')", "22023", ""),
    # the others
    ("cerebro_drop('cancer', 'runs')", "22023", '"run"'),
    ('cerebro_model(null, \'{"family": "mlp"}\')', "22023", ""),
]


@pytest.mark.parametrize(("call", "sqlstate", "hint"), REFUSALS)
def test_refusals(connection: Connection, call: str, sqlstate: str, hint: str) -> None:
    error = error_of(connection, f"select {call}")
    assert error.sqlstate == sqlstate, error.diag.message_primary
    assert hint in str(error.diag.message_hint)
