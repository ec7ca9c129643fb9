"""Workers that are lost: replaced, done without, or given up; no unit done twice."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator

import pytest
from bare_run import CONFIGS, Bare, bare_run, close_warm
from fix_server import Connection

from cerebro_db.engines.sessions import vacancies
from cerebro_db.engines.sessions.engine import SessionEngine
from cerebro_db.errors import NoConnection
from cerebro_db.planner.order import visits
from cerebro_db.testing.callers import eventually
from cerebro_db.units import Network, Outcome, Unit


@pytest.fixture(scope="module", autouse=True)
def nothing_left(connection: Connection) -> Iterator[None]:
    yield
    close_warm()
    eventually(lambda: not workers_of(connection))


@pytest.fixture
def run(dsn: str, connection: Connection) -> Iterator[Bare]:
    with bare_run(dsn, connection) as run:
        yield run


@pytest.fixture
def slow(dsn: str, connection: Connection) -> Iterator[Bare]:
    """A run whose units take many seconds."""
    model = {"family": "mlp", "hidden": [2000, 2000], "batch_size": 1}
    with bare_run(dsn, connection, model=model) as run:
        yield run


@pytest.fixture(scope="module")
def undisturbed(dsn: str, connection: Connection) -> dict[int, bytes]:
    """The final states of a run to which nothing happens."""
    with bare_run(dsn, connection) as run, run.engine() as engine:
        return run.train(engine)


@pytest.fixture
def trainer(connection: Connection) -> Iterator[str]:
    """A role whose sessions are workers, and which may lose its right to log in."""
    connection.execute("create role trainer superuser login")
    yield "trainer"
    close_warm()
    connection.execute("drop role trainer")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vacancies, "DELAYS", (0.0, 0.1, 0.2))


def workers_of(connection: Connection, state: str = "%") -> list[int]:
    found = connection.execute(
        "select pid from pg_stat_activity where application_name = 'cerebro_db worker'"
        " and datname = current_database() and state like %s order by pid",
        [state],
    )
    return [int(str(pid)) for (pid,) in found]


def pids(engine: SessionEngine) -> list[int]:
    crew = engine._crew
    return [crew[number].connection.info.backend_pid for number in (*crew.idle, *crew.busy)]


def terminate(connection: Connection, *workers: int) -> None:
    connection.execute("select pg_terminate_backend(unnest(%s::int[]), 10000)", [list(workers)])


def after(run: Bare, units: int, event: Callable[[], None]) -> Callable[[], None]:
    """Have something happen once, when so many units are done."""
    events = [event]

    def between() -> None:
        if len(run.outcomes) >= units and events:
            events.pop()()

    return between


def assert_all_done_once(run: Bare, connection: Connection) -> None:
    done = len(CONFIGS) * run.place.partitions * run.place.epochs
    assert len(run.outcomes) == done
    assert not [outcome for outcome in run.outcomes if outcome.error]
    rows = connection.execute(
        "select count(*) from cerebro._units where run = %s", [run.place.run]
    ).fetchall()
    assert rows == [(done,)]


def first_unit(run: Bare, config: int = 1) -> Unit:
    order = visits(run.place.seed, config, 1, run.place.partitions)
    return Unit(config, 1, order[0], 0, last=False, onward=order[1], order=order, epochs=1)


def outcome_of(engine: SessionEngine) -> Outcome:
    (outcome,) = eventually(engine.wait)
    return outcome


def await_training(engine: SessionEngine, connection: Connection) -> None:
    """Wait until a worker is in the statement that trains: between two, its last word is lost."""

    def training() -> int:
        assert engine.wait() == []
        return connection.execute(
            "select from pg_stat_activity where application_name = 'cerebro_db worker' and"
            " datname = current_database() and state = 'active' and query like '%\\_train(%'"
        ).rowcount

    eventually(training)


def await_slot(engine: SessionEngine) -> int:
    def slot() -> tuple[int, ...]:
        engine.wait()
        return tuple(slot.worker for slot in engine.freed())

    return eventually(slot)[0]


def test_a_lost_worker_is_replaced(
    run: Bare, connection: Connection, undisturbed: dict[int, bytes]
) -> None:
    with run.engine() as engine:
        before = pids(engine)
        states = run.train(engine, after(run, 4, lambda: terminate(connection, before[0])))
        now = pids(engine)
    assert states == undisturbed
    assert len(now) == 2
    assert before[0] not in now
    assert_all_done_once(run, connection)


def test_the_others_go_on_where_no_new_one_can_be_had(
    run: Bare,
    connection: Connection,
    undisturbed: dict[int, bytes],
    trainer: str,
    impatient: None,
) -> None:
    with run.engine(user=trainer) as engine:

        def lose() -> None:
            connection.execute("alter role trainer nologin")
            terminate(connection, pids(engine)[0])

        assert run.train(engine, after(run, 4, lose)) == undisturbed
        assert len(pids(engine)) == 1
        eventually(lambda: engine.wait() or engine.workers == 1)
    assert_all_done_once(run, connection)


def test_a_new_worker_comes_when_it_can_be_had_again(
    run: Bare, connection: Connection, trainer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacancies, "DELAYS", (0.0, 0.1) + (0.2,) * 1000)
    with run.engine(workers=1, user=trainer) as engine:
        lost = pids(engine)

        def lose() -> None:
            connection.execute("alter role trainer nologin")
            terminate(connection, *lost)

        waits = 0

        def between() -> None:
            nonlocal waits
            losing()
            waits += not pids(engine)
            if waits == 3:
                connection.execute("alter role trainer login")

        losing = after(run, 4, lose)
        run.train(engine, between)
        assert waits >= 3
        assert len(pids(engine)) == 1
        assert pids(engine) != lost
    assert_all_done_once(run, connection)


def test_without_any_worker_the_run_ends(
    run: Bare, connection: Connection, trainer: str, impatient: None
) -> None:
    with run.engine(user=trainer) as engine:

        def lose() -> None:
            connection.execute("alter role trainer nologin")
            terminate(connection, *pids(engine))

        with pytest.raises(NoConnection) as raised:
            run.train(engine, after(run, 4, lose))
    assert '"trainer" is not permitted to log in' in str(raised.value.detail)


def test_a_worker_that_ended_while_it_was_idle_is_replaced(
    run: Bare, connection: Connection
) -> None:
    with run.engine(workers=1) as engine:
        number = await_slot(engine)
        terminate(connection, *pids(engine))
        engine.start(number, first_unit(run))
        assert outcome_of(engine).lost
        engine.start(await_slot(engine), first_unit(run))
        assert outcome_of(engine).training


def test_a_unit_that_takes_its_workers_along_is_an_error(
    slow: Bare, connection: Connection
) -> None:
    """Their connections break, with no word of the server's; an operator's hand does not count."""
    with slow.engine(workers=1) as engine:
        for _ in range(2):
            number = await_slot(engine)
            engine.start(number, first_unit(slow))
            await_training(engine, connection)
            terminate(connection, *pids(engine))
            assert outcome_of(engine).lost
        for left in (2, 1, 0):
            number = await_slot(engine)
            engine.start(number, first_unit(slow))
            descriptor = os.dup(engine._crew[number].connection.fileno())
            with socket.socket(fileno=descriptor) as broken:
                broken.shutdown(socket.SHUT_RDWR)
            outcome = outcome_of(engine)
            assert outcome.lost == bool(left)
        assert outcome.error is not None
        assert outcome.error.startswith("3 workers ended while they trained it")


def test_a_unit_that_another_planner_had_done_counts(run: Bare) -> None:
    unit = first_unit(run)
    with run.engine(workers=1) as engine:
        engine.start(await_slot(engine), unit)
        first = outcome_of(engine)
    with run.engine(workers=1) as engine:
        engine.start(await_slot(engine), unit)
        again = outcome_of(engine)
        engine.start(await_slot(engine), first_unit(run, config=2))
        assert outcome_of(engine).training
    assert first.training
    assert (again.error, again.lost) == (None, False)
    assert (again.rows, again.training) == (first.rows, first.training)


def test_a_run_goes_on_with_the_states_that_are_there(run: Bare) -> None:
    """As a planner does that takes it up: the tables of its epochs are found."""
    order = visits(run.place.seed, 1, 1, run.place.partitions)
    for position in range(2):
        with run.engine(workers=1) as engine:
            onward = order[position + 1]
            unit = Unit(1, 1, order[position], position, False, onward, order, epochs=1)
            engine.start(await_slot(engine), unit)
            assert outcome_of(engine).training
    assert run.server.states(run.control, run.place) == {Network(1): {1, 2}}


@pytest.mark.parametrize("doing", ["training", "importing"])
def test_a_cancel_leaves_no_session_computing(
    slow: Bare, connection: Connection, doing: str
) -> None:
    close_warm()
    with slow.engine(workers=1) as engine:
        if doing == "training":
            engine.start(await_slot(engine), first_unit(slow))
            assert engine.wait() == []
        assert workers_of(connection, "active")
        engine.cancel()
        # What cannot be broken off, such as an import, is left to end by itself.
        eventually(lambda: not workers_of(connection))
    assert not connection.execute(
        "select from cerebro._units where run = %s", [slow.place.run]
    ).fetchall()


def test_waiting_does_not_take_long_where_nothing_ends(slow: Bare) -> None:
    with slow.engine(workers=1) as engine:
        engine.start(await_slot(engine), first_unit(slow))
        assert [engine.wait() for _ in range(3)] == [[]] * 3
