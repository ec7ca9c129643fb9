"""Searches of many configurations of a large definition: written once, cancelled at any moment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import Caller, calling, eventually, sessions
from cerebro_db.testing.calls import prepare

CONFIGS = 3_000


@pytest.fixture(scope="module", autouse=True)
def rows(connection: Connection) -> None:
    connection.row_factory = namedtuple_row
    connection.execute(
        "create table wide as select i % 7 as a, i % 2 = 0 as y from generate_series(1, 500) i"
    )
    prepare(connection, "wide", "wide", "y")


def definition(layers: int, units: Any = 1, seed: Any = None) -> dict[str, Any]:
    """Return a Keras config as Keras writes it, with all that it writes."""
    initializer = {
        "module": "keras.initializers",
        "class_name": "GlorotUniform",
        "config": {"seed": seed},
        "registered_name": None,
    }
    dense = {"activation": "linear", "use_bias": True, "kernel_initializer": initializer}
    made = [
        {"class_name": "Dense", "config": {"name": f"d{i}", "units": units, **dense}}
        for i in range(layers - 1)
    ]
    last = {"class_name": "Dense", "config": {"name": "last", "units": 1, **dense}}
    return {"keras": {"class_name": "Sequential", "config": {"layers": [*made, last]}}}


def search(verb: str, run: str, model: dict[str, Any], **space: Any) -> Callable[[Connection], Any]:
    def work(session: Connection) -> Any:
        statement = (
            f"select {verb}(%s, 'wide', model => %s, space => %s, epochs => 1, workers => 1,"
            """ search => '{"method": "random", "configs": 3000}')"""
        )
        given = [run, json.dumps(model), json.dumps(space)]
        return session.execute(statement.encode(), given).fetchall()

    return work


WAYS = {
    "cancel": "select pg_cancel_backend(%s)",
    "terminate": "select pg_terminate_backend(%s)",
}


@pytest.mark.parametrize("verb", ["cerebro_submit", "cerebro_fit"])
@pytest.mark.parametrize("way", WAYS)
def test_it_is_cancelled_at_once(dsn: str, connection: Connection, verb: str, way: str) -> None:
    work = search(verb, "large", definition(500), learning_rate={"log": [0.0001, 0.1]})
    with calling(dsn, work) as caller:
        at_it(connection, caller)
        began = time.monotonic()
        connection.execute(WAYS[way].encode(), [caller.pid])
        caller.finish()
        print(f"{verb}, {way}: ended after {time.monotonic() - began:.2f} s")
    assert isinstance(caller.error, psycopg.OperationalError)
    assert connection.execute("select from cerebro.runs where run = 'large'").rowcount == 0
    eventually(lambda: not sessions(connection))


def test_its_time_is_over(dsn: str, connection: Connection) -> None:
    work = search("cerebro_submit", "large", definition(500), learning_rate={"log": [0.0001, 0.1]})
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute("set statement_timeout = '1500ms'")
        with pytest.raises(errors.QueryCanceled):
            work(session)


def at_it(connection: Connection, caller: Caller) -> None:
    """Wait until the caller has a control session, and works on its own."""
    eventually(lambda: sessions(connection))
    time.sleep(0.5)
    assert caller.is_alive()


def test_what_they_have_in_common_is_stored_once(connection: Connection) -> None:
    began = time.monotonic()
    search("cerebro_submit", "many", definition(500), learning_rate={"log": [0.0001, 0.1]})(
        connection
    )
    print(f"submitted after {time.monotonic() - began:.1f} s")
    found = connection.execute(
        "select count(*)::int as configs, max(pg_column_size(spec))::int as own,"
        " count(distinct common)::int as parts, (select sum(pg_column_size(document))::int"
        " from cerebro._specs) as common from cerebro._configs"
    ).fetchone()
    assert found is not None
    configs, own, parts, common = found
    assert (configs, parts) == (CONFIGS, 1)
    assert own < 1_000 < common
    connection.execute("select cerebro_drop('many')")
    assert connection.execute("select from cerebro._specs").rowcount == 0


def test_what_they_do_not_have_in_common_is_bounded(connection: Connection) -> None:
    large = search("cerebro_submit", "large", definition(500, seed="${s}"), s={"int": [1, 10_000]})
    with pytest.raises(errors.ProgramLimitExceeded, match="too many architectures") as refusal:
        large(connection)
    assert refusal.value.diag.message_hint
    assert connection.execute("select from cerebro.runs").rowcount == 0


def test_values_of_all_candidates_together_are_bounded(connection: Connection) -> None:
    long = search("cerebro_submit", "long", {"family": "mlp"}, loss=["x" * 100_000])
    with pytest.raises(errors.ProgramLimitExceeded, match="would be too long"):
        long(connection)


def test_configurations_of_one_release_ago_train_on(connection: Connection) -> None:
    """They have all of it in their own part."""
    model, space = definition(2, "${u}"), {"u": [2, 3]}
    statement = "select cerebro_submit('old', 'wide', model => %s, space => %s, epochs => 2)"
    connection.execute(statement.encode(), [json.dumps(model), json.dumps(space)])
    connection.execute(
        "update cerebro._configs c set common = null, spec = cerebro._spec(c.spec, s.document)"
        " from cerebro._specs s where s.run = c.run and s.sha256 = c.common"
    )
    connection.execute("delete from cerebro._specs")
    connection.execute(
        statement.replace("old", "new").encode(), [json.dumps(model), json.dumps(space)]
    )
    assert connection.execute("select cerebro_run_queue() as runs").fetchall() == [(2,)]
    boards = [
        connection.execute(
            "select config, params, value, loss from cerebro.leaderboard where run = %s"
            " order by config",
            [run],
        ).fetchall()
        for run in ("old", "new")
    ]
    assert boards[0] == boards[1]
    assert len(boards[0]) == 2
    connection.execute("select cerebro_drop(run) from cerebro.runs")
