"""People steer a search while it runs: stop, resume, clone, add; what they leave alone goes on as
if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import calling, eventually, status, units, working
from cerebro_db.testing.calls import QUICK, call, error_of, fit, rows, value
from cerebro_db.testing.database import Connection
from cerebro_db.testing.internals import specs, state_tables, training_chunks
from cerebro_db.testing.long_runs import (
    PARTITIONS,
    SEARCH,
    await_units,
    prepare_points,
    resume,
    search,
    states,
)
from cerebro_db.testing.plain_loop import plain_loop

EPOCHS = 14
# For configurations that a plain loop trains once more.
FEW_EPOCHS = 8
# The first number that the search has left.
ADDED = 3


@pytest.fixture(scope="module", autouse=True)
def points(connection: Connection) -> None:
    prepare_points(connection)


@pytest.fixture(scope="module")
def session(dsn: str) -> Iterator[Connection]:
    """Where all searches run, with workers that stay warm."""
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as session:
        yield session


@pytest.fixture(scope="module")
def undisturbed(session: Connection, points: None) -> dict[int, bytes]:
    """The final states of the search where nobody steers."""
    search("undisturbed", EPOCHS)(session)
    return states(session, "undisturbed")


def config_of(connection: Connection, run: str, config: int) -> Any:
    """Return the row of cerebro.configs."""
    (row,) = rows(
        connection, "select * from cerebro.configs where run = %s and config = %s", run, config
    )
    return row


def rest(connection: Connection, run: str, config: int) -> int:
    """Have a configuration rest; return how many units it has done."""
    call(connection, "cerebro_stop", run, config)
    eventually(lambda: config_of(connection, run, config).status == "resting")
    return int(config_of(connection, run, config).units)


def wake(connection: Connection, run: str, config: int) -> None:
    """Have a configuration go on that rests in a run that goes on, and see it do so."""
    done = config_of(connection, run, config).units
    assert call(connection, "cerebro_resume", run, config)
    eventually(lambda: config_of(connection, run, config).units > done)


def test_a_configuration_rests_while_the_others_go_on(
    session: Connection, connection: Connection, undisturbed: dict[int, bytes]
) -> None:
    with working(session, search("rests", EPOCHS)) as caller:
        await_units(connection, "rests", 4)
        done = rest(connection, "rests", 1)
        others = config_of(connection, "rests", 2).units
        eventually(lambda: config_of(connection, "rests", 2).units > others + 4)
        assert config_of(connection, "rests", 1).units == done
        assert caller.is_alive()
        wake(connection, "rests", 1)
        assert caller.is_alive()
        caller.finish()
    assert caller.error is None
    assert [row.status for row in caller.result] == ["finished"] * 2
    assert states(connection, "rests") == undisturbed


def test_more_epochs_are_as_if_asked_for_at_once(
    session: Connection, undisturbed: dict[int, bytes]
) -> None:
    search("further", 3)(session)
    assert config_of(session, "further", 1).epochs == 3
    call(session, "cerebro_resume", "further", 2, EPOCHS)
    call(session, "cerebro_resume", "further", None, EPOCHS)
    assert states(session, "further") == undisturbed
    refused = error_of(session, f"select * from cerebro_resume('further', null, {EPOCHS - 1})")
    assert refused.sqlstate == "22023"


def test_a_schedule_goes_on_against_the_new_budget(
    session: Connection, connection: Connection
) -> None:
    model = {"family": "linear", "schedule": "cosine", "warmup": 0.1}
    own = {"model": model, "space": {"learning_rate": [0.01]}, "options": {"restore_best": False}}
    search("scheduled", 1, **own)(session)
    call(session, "cerebro_resume", "scheduled", 1, 3)
    spec, chunks = specs(connection, "scheduled")[1], training_chunks(connection, "points")
    first, rest = range(PARTITIONS), range(PARTITIONS, 3 * PARTITIONS)
    state = plain_loop(spec, chunks, SEARCH["seed"], 1, first)
    expected = plain_loop(spec, chunks, SEARCH["seed"], 1, rest, state=state)
    assert states(session, "scheduled") == {1: expected}
    at_once = plain_loop(spec, chunks, SEARCH["seed"], 1, range(3 * PARTITIONS))
    assert at_once != expected


def test_a_run_stops_and_goes_on_and_who_rests_is_left_in_peace(
    session: Connection, connection: Connection, undisturbed: dict[int, bytes]
) -> None:
    with working(session, search("halts", EPOCHS)) as caller:
        await_units(connection, "halts", 4)
        done = rest(connection, "halts", 1)
        call(connection, "cerebro_stop", "halts")
        caller.finish()
    assert caller.error is None
    assert status(connection, "halts") == "stopped"
    assert {row.config: row.status for row in caller.result} == {1: "resting", 2: "stopped"}
    assert units(connection, "halts") < 2 * EPOCHS * PARTITIONS
    assert error_of(connection, "select cerebro_stop('halts')").sqlstate == "22023"

    resume("halts")(session)
    assert status(connection, "halts") == "finished"
    at_rest, through = (config_of(connection, "halts", config) for config in (1, 2))
    assert (at_rest.status, at_rest.units) == ("resting", done)
    assert through.status == "finished"
    assert state_tables(connection) == set()

    board = call(session, "cerebro_resume", "halts", 1)
    assert [row.status for row in board] == ["finished"] * 2
    assert states(connection, "halts") == undisturbed


def test_a_run_that_failed_goes_on(
    session: Connection, connection: Connection, undisturbed: dict[int, bytes]
) -> None:
    connection.execute("insert into cerebro.settings (state_mb) values (1)")
    try:
        with working(session, search("fails", EPOCHS)) as caller:
            caller.finish()
    finally:
        connection.execute("delete from cerebro.settings")
    assert caller.error is not None
    assert caller.error.sqlstate == "54000"
    assert status(connection, "fails") == "failed"
    assert 0 < units(connection, "fails") < 2 * EPOCHS * PARTITIONS
    resume("fails")(session)
    assert status(connection, "fails") == "finished"
    assert states(connection, "fails") == undisturbed


def test_what_joins_a_run_trains_as_it_would_alone(
    session: Connection, connection: Connection
) -> None:
    """Added by a search; cloned in the midst of an epoch, at rest and in flight; from scratch."""
    run, keep = "joined", {"keep": 10, "restore_best": False}
    with working(session, search(run, FEW_EPOCHS, options=keep)) as caller:
        await_units(connection, run, 4)
        space = {"learning_rate": [0.003, 0.005]}
        assert call(connection, "cerebro_add", run, space) == [(2,)]
        rates = {"learning_rate": 0.0002, "batch_size": 64}
        in_flight = clone(connection, run, 2, rates)
        scratch = clone(connection, run, 2, {"learning_rate": 0.02}, from_scratch=True)
        while (done := rest(connection, run, 1)) % PARTITIONS == 0:
            wake(connection, run, 1)
        at_rest = clone(connection, run, 1, rates)
        eventually(lambda: config_of(connection, run, at_rest).status == "running")
        call(connection, "cerebro_resume", run, 1)
        caller.finish()
    assert caller.error is None
    assert [row.status for row in caller.result] == ["finished"] * 7
    assert started_at(connection, run, at_rest) == done
    assert started_at(connection, run, in_flight) > 0
    assert started_at(connection, run, scratch) == 0
    found, expected = states(connection, run), by_plain_loops(connection, run, FEW_EPOCHS)
    for config in (ADDED, in_flight, scratch, at_rest):
        assert found[config] == expected(config), f"config {config}"


def test_a_diverged_configuration_is_cloned_from_its_last_good_state(
    session: Connection, connection: Connection
) -> None:
    """The second one's weights grow by a few percent with each batch, beyond all bounds."""
    run, epochs = "diverges", 20
    model = {"family": "linear", "optimizer": "sgd", "batch_size": 4, "weight_decay": 1.0}
    space = {"learning_rate": [0.01, 2.03]}
    more = {"model": model, "space": space, "options": {"keep": 10, "restore_best": False}}
    diverged = "select config from cerebro.configs where run = %s and status = 'diverged'"
    with working(session, search(run, epochs, **more)) as caller:
        assert eventually(lambda: rows(connection, diverged, run)) == [(2,)]
        number = clone(connection, run, 2, {"learning_rate": 0.1})
        error = error_of(connection, f"select cerebro_resume('{run}', 2)")
        caller.finish()
    assert caller.error is None
    assert error.sqlstate == "22023"
    assert "cerebro_clone" in str(error.diag.message_hint)
    found = {row.config: row.status for row in caller.result}
    assert found == {1: "finished", 2: "diverged", number: "finished"}
    assert started_at(connection, run, number) == config_of(connection, run, 2).units > 0
    assert states(connection, run)[number] == by_plain_loops(connection, run, epochs)(number)


def clone(
    connection: Connection, run: str, config: int, params: dict[str, Any], **more: Any
) -> int:
    """Call cerebro_clone; return the number of the new configuration."""
    ((number,),) = call(connection, "cerebro_clone", run, config, params, **more)
    return int(number)


def started_at(connection: Connection, run: str, config: int) -> int:
    """Return after how many units of its parent's a clone began."""
    own = value(
        connection, "select count(*) from cerebro.hops where run = %s and config = %s", run, config
    )
    return int(config_of(connection, run, config).units) - int(own)


def by_plain_loops(connection: Connection, run: str, epochs: int) -> Callable[[int], bytes]:
    """Return what tells to which state a plain loop brings a configuration."""
    chunks = training_chunks(connection, "points")
    known, seed = specs(connection, run), SEARCH["seed"]

    def state_of(config: int) -> bytes:
        begun, parent = started_at(connection, run, config), None
        state = None
        if begun:
            parent = config_of(connection, run, config).parent
            state = plain_loop(known[parent], chunks, seed, parent, range(begun))
        left = range(begun, epochs * PARTITIONS)
        return plain_loop(known[config], chunks, seed, config, left, state=state, walk=parent)

    return state_of


def test_a_source_may_go_while_it_is_searched_on(
    dsn: str, session: Connection, connection: Connection
) -> None:
    """Renamed in the midst of a run, and dropped: what was packed is the run's own.

    Who renames it waits for the transaction that has read it, as always.
    """

    def searching(run: str) -> Callable[[Connection], Any]:
        more = {**SEARCH, "epochs": EPOCHS, "options": {"partitions": PARTITIONS}}
        return lambda session: fit(session, run, "passing", "y", **more)

    connection.execute("create table passing as select * from points")
    searching("stays")(session)
    rename = "alter table passing rename to past"
    with working(session, searching("goes")) as caller:
        await_units(connection, "goes", 2)
        with calling(dsn, lambda other: other.execute(rename.encode())) as renaming:
            call(connection, "cerebro_stop", "goes")
            caller.finish()
            renaming.finish()
    assert (caller.error, renaming.error) == (None, None)
    assert status(connection, "goes") == "stopped"
    connection.execute("drop table past")
    resume("goes")(session)
    assert states(connection, "goes") == states(connection, "stays")


REFUSALS = [
    ("cerebro_stop('quik')", "42704", '"quick"'),
    ("cerebro_cancel('quik')", "42704", '"quick"'),
    ("cerebro_resume('quik')", "42704", '"quick"'),
    ("cerebro_clone('quik', 1)", "42704", '"quick"'),
    ("""cerebro_add('quik', '{"learning_rate": 1}')""", "42704", '"quick"'),
    ("cerebro_stop(null)", "22023", ""),
    ("cerebro_cancel(null)", "22023", ""),
    ("cerebro_resume(null)", "22023", ""),
    ("cerebro_clone('quick', null)", "22023", ""),
    ("cerebro_add('quick', null)", "22023", ""),
    ("cerebro_stop('quick')", "22023", ""),
    ("cerebro_cancel('quick')", "22023", ""),
    ("cerebro_resume('quick')", "22023", "cerebro_add"),
    ("cerebro_stop('quick', 1)", "22023", ""),
    ("cerebro_resume('quick', 1)", "22023", "cerebro_clone"),
    ("cerebro_stop('quick', 7)", "42704", "cerebro.configs"),
    ("cerebro_resume('quick', 7)", "42704", "cerebro.configs"),
    ("cerebro_clone('quick', 7)", "42704", "cerebro.configs"),
    ("cerebro_clone('quick', 1)", "22023", "from_scratch"),
    ("""cerebro_clone('quick', 1, '{"optimizer": "sgd"}')""", "22023", "from_scratch"),
    ("""cerebro_clone('quick', 1, '{"learning_rat": 1}', true)""", "22023", '"learning_rate"'),
    ("""cerebro_clone('quick', 1, '{"learning_rate": -1}', true)""", "22023", ""),
    ("cerebro_clone('quick', 1, '[1]', true)", "22023", ""),
    ("""cerebro_add('quick', '{"learning_rat": 1}')""", "22023", '"learning_rate"'),
    ("""cerebro_add('quick', '{"learning_rate": 1}', '{"method": "gird"}')""", "22023", '"grid"'),
]


@pytest.fixture(scope="module")
def quick(session: Connection, points: None) -> None:
    """A run that is through."""
    fit(session, "quick", "points", **QUICK)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("verb", "sqlstate", "hint"), REFUSALS)
def test_refusals(connection: Connection, verb: str, sqlstate: str, hint: str) -> None:
    error = error_of(connection, f"select {verb}")
    assert error.sqlstate == sqlstate, error.diag.message_primary
    assert hint in str(error.diag.message_hint)
    assert status(connection, "quick") == "finished"
    assert len(rows(connection, "select * from cerebro.configs where run = 'quick'")) == 1


@pytest.mark.usefixtures("quick")
def test_a_finished_run_grows(session: Connection, connection: Connection) -> None:
    """What is added to it waits until somebody goes on with the run."""
    number = clone(connection, "quick", 1, {"learning_rate": 0.02}, from_scratch=True)
    assert config_of(connection, "quick", number).status == "stopped"
    board = call(session, "cerebro_resume", "quick")
    assert {row.config: row.status for row in board} == {1: "finished", number: "finished"}
