"""Turns of planners' sessions, without the searches: who waits for whom, what a death frees."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from fix_server import Connection

from cerebro_db.context import Context
from cerebro_db.driving.turns import Turn, bounds_of
from cerebro_db.errors import Cancelled, NoRoom
from cerebro_db.session.client import ClientSession
from cerebro_db.session.process import Moment
from cerebro_db.store.runs import drive
from cerebro_db.store.settings import Share
from cerebro_db.testing.callers import eventually


class Planner:
    """A session that wants workers, as that of a search does."""

    def __init__(self, dsn: str, run: int, workers: int, owner: str = "postgres") -> None:
        self.run = run
        self.told: list[str] = []
        self.error: BaseException | None = None
        self.stop = False
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.control = ClientSession(self.connection, self._poll)
        self.context = Context(
            self.control, self.told.append, self.told.append, owner, Moment(0, 0, (0, 0, 0))
        )
        bounds = bounds_of(self.context, self.control)
        share, _ = bounds.lower(Share(workers, 1, 0))
        self.turn = Turn(self.context, self.control, bounds, owner, share.workers)
        assert drive(self.control, run)
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def wait(self) -> Planner:
        self._thread.start()
        return self

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        self.stop = True
        if self._thread.ident is not None:
            self._thread.join(30)
        self.connection.close()

    def _wait(self) -> None:
        try:
            self.turn.wait(self.run, f"run {self.run}")
        except BaseException as error:
            self.error = error

    def _poll(self) -> None:
        if self.stop:
            raise InterruptedError


NewPlanner = Callable[..., Planner]


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    """Runs 1 to 4 of the superuser, and 5 and 6 of dana, whom nobody drives."""
    connection.execute("create role dana")
    connection.execute(
        "create table rows as select i % 7 as a, i % 2 as y from generate_series(1, 200) i"
    )
    connection.execute("select cerebro_prepare('rows', 'rows', 'y')")
    for run in range(1, 7):
        connection.execute("select cerebro_submit(%s, 'rows')", [f"run {run}"])
    connection.execute("update cerebro._runs set owner = 'dana' where id > 4")


@pytest.fixture
def planner(dsn: str, connection: Connection) -> Iterator[NewPlanner]:
    """Makes planners of runs, which all end with the test."""
    with ExitStack() as stack:

        def make(run: int, workers: int, owner: str = "postgres") -> Planner:
            made = Planner(dsn, run, workers, owner)
            stack.callback(made.end)
            return made

        yield make
    connection.execute("delete from cerebro.settings")
    connection.execute("update cerebro._runs set wanted = 'run', submitted = true")


def bound(connection: Connection, **values: object) -> None:
    """Have bounds in cerebro.settings, and no others."""
    connection.execute("delete from cerebro.settings")
    names, given = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(
        f"insert into cerebro.settings ({names}) values ({given})".encode(), list(values.values())
    )


def queued_behind(connection: Connection, run: int) -> str | None:
    row = connection.execute(
        "select queued_behind from cerebro._runs where id = %s", [run]
    ).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


def waits_behind(connection: Connection, run: int, behind: str) -> None:
    eventually(lambda: queued_behind(connection, run) == behind)


def test_workers_are_taken_all_or_none(connection: Connection, planner: NewPlanner) -> None:
    bound(connection, workers=4)
    assert planner(1, 3).turn.take_now()
    second = planner(2, 2)
    assert not second.turn.take_now()
    assert not second.turn.take_now()
    assert planner(3, 1).turn.take_now()
    assert not planner(4, 1).turn.take_now()


def test_who_waits_is_seen_and_goes_on_when_there_is_room(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=4)
    first = planner(1, 2)
    first.turn.wait(1, "run 1")
    second = planner(2, 3).wait()
    waits_behind(connection, 2, "run 1 (2 of 4 workers)")
    third = planner(3, 1).wait()
    waits_behind(connection, 3, "run 1 (2 of 4 workers), run 2 (waits for 3)")
    assert not second.done
    assert not third.done
    assert second.told == ["run 2: queued behind run 1 (2 of 4 workers)"]
    first.end()
    eventually(lambda: second.done and third.done)
    assert (second.error, third.error) == (None, None)
    assert (queued_behind(connection, 2), queued_behind(connection, 3)) == (None, None)
    assert first.told == []


def test_it_is_first_come_first_served(connection: Connection, planner: NewPlanner) -> None:
    bound(connection, workers=1)
    first = planner(1, 1)
    assert first.turn.take_now()
    line = []
    for run in (4, 2, 3):
        line.append(planner(run, 1).wait())
        eventually(lambda run=run: queued_behind(connection, run))
    for ahead, waiting in zip([first, *line], line, strict=False):
        assert not waiting.done
        ahead.end()
        eventually(lambda waiting=waiting: waiting.done)
        assert not any(other.done for other in line[line.index(waiting) + 1 :])


def test_a_role_has_a_bound_of_its_own_and_holds_up_no_other(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=4, workers_per_role=2)
    first, second = planner(5, 2, "dana"), planner(6, 2, "dana")
    assert first.turn.take_now()
    second.wait()
    waits_behind(connection, 6, "run 5 (2 of dana's 2 workers)")
    assert planner(1, 2).turn.take_now()
    first.end()
    eventually(lambda: second.done)


def test_names_of_others_runs_are_not_told(connection: Connection, planner: NewPlanner) -> None:
    bound(connection, workers=2)
    assert planner(1, 2).turn.take_now()
    planner(5, 1, "dana").wait()
    waits_behind(connection, 5, "another search (2 of 2 workers)")


def test_a_killed_holder_frees_its_workers(connection: Connection, planner: NewPlanner) -> None:
    bound(connection, workers=2)
    holder, waiting = planner(1, 2), planner(2, 2)
    assert holder.turn.take_now()
    waiting.wait()
    waits_behind(connection, 2, "run 1 (2 of 2 workers)")
    connection.execute("select pg_terminate_backend(%s)", [holder.connection.info.backend_pid])
    eventually(lambda: waiting.done)
    assert waiting.error is None


def test_one_that_dies_in_the_line_holds_up_nobody(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=2)
    holder, waiting, last = planner(1, 1), planner(2, 2), planner(3, 1)
    assert holder.turn.take_now()
    waiting.wait()
    waits_behind(connection, 2, "run 1 (1 of 2 workers)")
    last.wait()
    waits_behind(connection, 3, "run 1 (1 of 2 workers), run 2 (waits for 2)")
    connection.execute("select pg_terminate_backend(%s)", [waiting.connection.info.backend_pid])
    eventually(lambda: last.done)
    assert isinstance(waiting.error, psycopg.Error)
    assert last.error is None


def test_a_cancel_of_the_caller_ends_the_waiting_and_leaves_nothing(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=2)
    assert planner(1, 2).turn.take_now()
    waiting = planner(2, 1).wait()
    waits_behind(connection, 2, "run 1 (2 of 2 workers)")
    waiting.end()
    assert isinstance(waiting.error, InterruptedError)
    assert queued_behind(connection, 2) is None
    # Whoever comes next sweeps up what dead sessions have stated.
    next_one = planner(3, 1)
    left = "select role, workers, ticket from cerebro._turns"
    eventually(
        lambda: (
            not next_one.turn.take_now()
            and connection.execute(left.encode()).fetchall() == [("postgres", 2, None)]
        )
    )


@pytest.mark.parametrize("wanted", ["stop", "cancel"])
def test_a_person_ends_the_waiting_from_elsewhere(
    connection: Connection, planner: NewPlanner, wanted: str
) -> None:
    bound(connection, workers=2)
    assert planner(1, 2).turn.take_now()
    waiting = planner(2, 1).wait()
    waits_behind(connection, 2, "run 1 (2 of 2 workers)")
    connection.execute("update cerebro._runs set wanted = %s where id = 2", [wanted])
    eventually(lambda: waiting.done)
    assert isinstance(waiting.error, Cancelled)
    assert queued_behind(connection, 2) is None


def test_where_nobody_may_wait_only_the_queue_does(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=2, when_full="refuse")
    assert planner(1, 2).turn.take_now()
    planner(2, 1).wait()
    waits_behind(connection, 2, "run 1 (2 of 2 workers)")
    connection.execute("update cerebro._runs set submitted = false where id = 3")
    refused = planner(3, 1).wait()
    eventually(lambda: refused.done)
    assert isinstance(refused.error, NoRoom)
    assert queued_behind(connection, 3) is None


def test_bounds_that_are_raised_let_those_go_on_who_wait(
    connection: Connection, planner: NewPlanner
) -> None:
    bound(connection, workers=2)
    assert planner(1, 2).turn.take_now()
    waiting = planner(2, 2).wait()
    waits_behind(connection, 2, "run 1 (2 of 2 workers)")
    bound(connection, workers=4)
    eventually(lambda: waiting.done)
    assert waiting.error is None
