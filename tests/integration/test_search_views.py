"""What the views say of a search that learns from its results: best epochs, budgets, decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from fix_docs import let_train
from fix_fit import fit
from fix_server import Connection
from psycopg.rows import namedtuple_row

from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, decisions, units
from cerebro_db.store.decisions import Decided
from cerebro_db.testing.calls import value

NAN = float("nan")


def rows(connection: Connection, query: str, *parameters: object) -> list[Any]:
    """Return rows with names."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(query.encode(), parameters or None).fetchall()


@pytest.fixture(scope="module", autouse=True)
def searched(connection: Connection) -> None:
    """A run of two configurations, on two partitions."""
    connection.execute(
        "create table points as select i % 7 as a, i % 3 = 0 as y from generate_series(1, 60) i"
    )
    more = """model => '{"family": "linear"}', epochs => 5, options => '{"partitions": 2}',
        space => '{"learning_rate": [0.01, 0.1]}'"""
    fit(connection, "learns", "points", "y", more)


@pytest.fixture
def control(connection: Connection) -> Iterator[ClientSession]:
    """A session whose changes are undone."""
    with connection.transaction(force_rollback=True):
        yield ClientSession(connection)


@pytest.fixture
def run(connection: Connection) -> int:
    return int(value(connection, "select id from cerebro._runs where name = 'learns'"))


def measured(
    control: ClientSession, run: int, config: int, results: Sequence[tuple[float | None, float]]
) -> None:
    """Have a configuration's epochs come to these values and losses."""
    connection = control.connection
    connection.execute("delete from cerebro._epochs where run = %s and config = %s", [run, config])
    for epoch, (metric, loss) in enumerate(results, 1):
        losses = {"loss": "nan" if loss != loss else loss}
        units.record_epoch(control, run, config, epoch, losses, losses, metric)


def restores(
    control: ClientSession, run: int, wanted: bool | str | None, higher: bool = True
) -> None:
    """Have the run want its best epochs back, or not; None: it is from before there was that."""
    options = {} if wanted is None else {"restore_best": wanted}
    control.connection.execute(
        "update cerebro._runs set options = %s, higher_is_better = %s where id = %s",
        [json.dumps(options), higher, run],
    )


CURVES: dict[str, tuple[bool, list[tuple[float | None, float]], int, int]] = {
    "the highest value": (True, [(0.5, 1.0), (0.9, 1.0), (0.7, 0.1)], 2, 3),
    "the lowest value": (False, [(0.5, 1.0), (0.9, 0.1), (0.4, 1.0)], 3, 2),
    "the earliest of equal values": (True, [(0.5, 1.0), (0.9, 1.0), (0.9, 1.0)], 2, 1),
    "not one without a value": (True, [(NAN, 0.1), (-0.5, 1.0), (None, 0.1)], 2, 1),
    "no value: the lowest loss": (True, [(NAN, 3.0), (NAN, NAN), (None, 1.0), (NAN, 1.0)], 3, 3),
    "neither value nor loss: the first": (False, [(NAN, NAN), (NAN, NAN)], 1, 1),
}
"""Whether higher values are better, values and losses, and the best epoch by either."""


@pytest.mark.parametrize("curve", CURVES)
def test_the_best_epoch_counts(control: ClientSession, run: int, curve: str) -> None:
    higher, results, best, by_loss = CURVES[curve]
    measured(control, run, 1, results)
    last = len(results)
    for wanted, epoch in ((True, best), ("loss", by_loss), (False, last), (None, last)):
        restores(control, run, wanted, higher)
        (row,) = rows(
            control.connection,
            "select l.best_epoch, c.best_epoch as same, l.value, l.loss, l.validation_loss,"
            " l.epochs"
            " from cerebro.leaderboard l join cerebro.configs c using (run, config)"
            " where run = 'learns' and config = 1",
        )
        assert (row.best_epoch, row.same, row.epochs) == (epoch, epoch, len(results))
        metric, loss = (None if x is None or x != x else x for x in results[epoch - 1])
        assert (row.value, row.loss, row.validation_loss) == (metric, loss, loss)


def test_configurations_are_ranked_by_their_best_epochs(control: ClientSession, run: int) -> None:
    measured(control, run, 1, [(0.9, 1.0), (0.1, 1.0)])
    measured(control, run, 2, [(0.8, 1.0), (0.8, 1.0)])
    board = "select config from cerebro.leaderboard where run = 'learns' order by rank"
    for wanted, expected in ((True, [1, 2]), (False, [2, 1])):
        restores(control, run, wanted)
        assert [row.config for row in rows(control.connection, board)] == expected


@pytest.mark.parametrize(
    ("run_status", "expected"),
    [
        ("running", ["paused", "running"]),
        ("queued", ["paused", "waiting"]),
        ("stopped", ["stopped", "stopped"]),
        ("finished", ["stopped", "stopped"]),
    ],
)
def test_a_configuration_has_the_status_that_its_run_allows(
    control: ClientSession, run: int, run_status: str, expected: list[str]
) -> None:
    control.connection.execute(
        "update cerebro._runs set status = %s, submitted = true, planner ="
        " (select session from cerebro._sessions() where pid = pg_backend_pid()) where id = %s",
        [run_status, run],
    )
    configs.set_status(control, run, 1, "paused")
    configs.set_status(control, run, 2, "running")
    for view in ("configs", "leaderboard"):
        query = f"select status from cerebro.{view} where run = 'learns' order by config"
        assert [row.status for row in rows(control.connection, query)] == expected


def test_plans_follow_the_search(control: ClientSession, run: int) -> None:
    """A budget of its own, a milestone, and what the search lets it do then."""
    control.connection.execute(
        "update cerebro._runs set status = 'running', planner ="
        " (select session from cerebro._sessions() where pid = pg_backend_pid()) where id = %s",
        [run],
    )
    like = rows(control.connection, "select params, spec from cerebro._configs where config = 1")[0]
    new = configs.NewConfig(
        like.params, like.spec, {"code": []}, epochs=9, until=3, bracket=2, rung=0, reason="begins"
    )
    (number,) = configs.add(control, run, [new, new])[:1]
    configs.set_status(control, run, number, "paused", reason="waits for 2 others")
    assert planned(control, number) == ("paused", 6, 3, 2, 0, "waits for 2 others")
    # The other one is to train three epochs; what waits for the search adds nothing to the plan.
    (progress,) = rows(control.connection, "select * from cerebro.progress where run = 'learns'")
    assert (progress.units, progress.units_planned) == (20, 26)
    assert (progress.configs, progress.configs_finished) == (4, 2)
    configs.set_until(control, run, number, 9, rung=1, reason="best of 3")
    configs.set_status(control, run, number, "waiting")
    assert planned(control, number) == ("waiting", 18, 9, 2, 1, "best of 3")
    configs.set_epochs(control, run, number, 20)
    assert planned(control, number)[:3] == ("waiting", 40, 20)
    configs.set_status(control, run, number, "failed", "no room")
    assert planned(control, number)[-1] == "best of 3"
    # Those of before go by the run.
    control.connection.execute(
        "update cerebro._configs set epochs = null, until = null where run = %s and config = 1",
        [run],
    )
    assert planned(control, 1) == ("finished", 10, 5, None, None, None)
    found = {config.config: config for config in configs.all_of(control, run)}
    assert (found[number].epochs, found[number].until, found[number].rung) == (20, None, 1)
    assert (found[1].epochs, found[1].until, found[1].reason) == (None, None, None)


def planned(control: ClientSession, config: int) -> tuple[Any, ...]:
    (row,) = rows(
        control.connection,
        "select status, units_planned, until, bracket, rung, reason from cerebro.configs"
        " where run = 'learns' and config = %s",
        config,
    )
    return tuple(row)


def test_an_error_is_a_reason_where_the_search_gave_none(control: ClientSession, run: int) -> None:
    configs.set_status(control, run, 1, "failed", "no room")
    assert planned(control, 1)[-1] == "no room"


def test_decisions_are_shown_in_their_order(
    connection: Connection, control: ClientSession, run: int
) -> None:
    first = decisions.next_seq(control, run)
    made = [
        Decided(first, "start", "copies the best", config=3, epoch=1, parent=1),
        Decided(first + 1, "stop", "9th of 9", config=2, epoch=4),
        Decided(first + 3, "end", "600 s are over"),
    ]
    units.record_epoch(control, run, 2, 6, {"loss": 1}, None, 0.5, told=first + 2)
    decisions.record(control, run, made[:2])
    assert decisions.next_seq(control, run) == first + 3
    decisions.record(control, run, made[2:])
    decisions.record(control, run, [])
    assert decisions.all_of(control, run) == made
    assert decisions.next_seq(control, run) == first + 4
    shown = rows(
        connection,
        "select seq, what, why, config, epoch, parent from cerebro.decisions"
        " where run = 'learns' and at <= clock_timestamp() order by seq",
    )
    assert [Decided(*row) for row in shown] == made
    told = [epoch.told for epoch in units.epochs(control, run)]
    assert told == [*range(1, first), first + 2]


def test_decisions_are_for_those_who_may_see_the_run(
    dsn: str, connection: Connection, run: int
) -> None:
    decisions.record(ClientSession(connection), run, [Decided(1, "start", "why", config=1)])
    let_train(connection, "looker")
    with psycopg.connect(dsn, user="looker", autocommit=True) as looker:
        assert rows(looker, "table cerebro.decisions") == []
        connection.execute("select cerebro_share('learns', 'looker')")
        assert [row.why for row in rows(looker, "table cerebro.decisions")] == ["why"]
    connection.execute("drop owned by looker; drop role looker")


def test_decisions_are_dropped_with_their_run(connection: Connection, run: int) -> None:
    decisions.record(ClientSession(connection), run, [Decided(2, "stop", "why", config=1)])
    connection.execute("select cerebro_drop('learns')")
    assert value(connection, "select count(*) from cerebro._decisions") == 0
