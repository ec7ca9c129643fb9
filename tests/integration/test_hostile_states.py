"""States that somebody with every right has put where ours were: nothing is computed with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection
from fix_states import State, hostile_states
from hostile.make_states import sound

from cerebro_db.testing import calls
from cerebro_db.testing.callers import calling
from cerebro_db.testing.long_runs import await_units

STATES = hostile_states()
# Who waits for a state to train on: a resting configuration each.
TRAINED = ("hashes/another_byte", "values/not_a_number", "formats/state.pickle")


@pytest.fixture(scope="module")
def predicting(dsn: str, connection: Connection) -> Iterator[Connection]:
    """A session that has predicted with nothing yet, where there is a run of a linear model."""
    connection.execute(
        "create table t as select a::float8, sqrt(a) as b, a % 2 = 0 as y"
        " from generate_series(1, 200) a"
    )
    fit(connection, "run", "t", "y", QUICK)
    with psycopg.connect(dsn, autocommit=True) as session:
        yield session


def put(connection: Connection, run: str, config: int, state: bytes) -> None:
    """Put bytes in the place of all states that are kept of a configuration."""
    done = connection.execute(
        "update cerebro._kept_states set state = %s where config = %s"
        " and run = (select id from cerebro._runs where name = %s)",
        [state, config, run],
    )
    assert done.rowcount


@pytest.mark.parametrize("state", [s for s in STATES if s.predicting], ids=lambda s: s.name)
def test_nothing_is_predicted(predicting: Connection, connection: Connection, state: State) -> None:
    put(connection, "run", 1, state.content)
    for statement in (
        "select cerebro_predict('run', t) from t",
        "select cerebro_proba('run', t) from t",
        "select cerebro_evaluate('run', 't')",
        "select cerebro_predict_table('run', 't', 'a', 'made')",
    ):
        with pytest.raises(psycopg.errors.DataException, match=str(state.predicting)) as refused:
            predicting.execute(statement.encode())
        assert refused.value.sqlstate == "22000"
    assert connection.execute("select to_regclass('made') is null").fetchone() == (True,)
    assert not Path("/tmp/cerebro_was_here").exists()


def test_a_state_without_flaw_predicts(predicting: Connection, connection: Connection) -> None:
    put(connection, "run", 1, sound())
    assert predicting.execute("select cerebro_predict('run', t) from t").rowcount == 200


def test_nothing_is_trained(dsn: str, connection: Connection, predicting: Connection) -> None:
    space = {"learning_rate": [0.01, 0.02, 0.03, 0.04]}
    with calling(
        dsn,
        lambda caller: calls.fit(
            caller, "rests", "t", "y", model={"family": "linear"}, space=space, epochs=100_000
        ),
    ) as caller:
        await_units(connection, "rests", 20)
        for config in range(1, 5):
            calls.call(connection, "cerebro_stop", "rests", config)
        caller.finish()
    for config, name in enumerate(TRAINED, 1):
        (state,) = (state for state in STATES if state.name == name)
        put(connection, "rests", config, state.content)
        calls.call(connection, "cerebro_resume", "rests", config)
        ((status, error),) = calls.rows(
            connection,
            "select status, error from cerebro.configs where run = 'rests' and config = %s",
            config,
        )
        assert status == "failed"
        assert str(state.training) in error
    assert not Path("/tmp/cerebro_was_here").exists()
