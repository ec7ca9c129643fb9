"""People who do the same at the same time, and administrators who take their own level."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import psycopg
import pytest
from fix_server import Connection
from psycopg import errors

from cerebro_db.testing.callers import calling, eventually
from cerebro_db.testing.calls import value

ROLES = [f"colleague_{number}" for number in range(4)]
MODEL = '{"family": "linear"}'
LEVELS = ("train", "predict", "admin")
METRIC = """
higher_is_better = False

def brier(truth, predicted):
    return ((predicted - truth) ** {power}).mean()
"""


@pytest.fixture(scope="module", autouse=True)
def roles(connection: Connection) -> None:
    for role in [*ROLES, "leaving"]:
        connection.execute(f"create role {role} login".encode())


def levels(connection: Connection) -> dict[object, object]:
    found = connection.execute("select role, level from cerebro.grants").fetchall()
    return dict(found)


def test_levels_are_given_at_the_same_time(dsn: str, connection: Connection) -> None:
    def give(role: str) -> Callable[[Connection], object]:
        def work(session: Connection) -> None:
            for _ in range(4):
                for level in LEVELS:
                    session.execute("select cerebro_grant(%s, %s)", [role, level])
                session.execute("select cerebro_revoke(%s)", [role])
            session.execute("select cerebro_grant(%s, 'train')", [role])

        return work

    at_once(dsn, [give(role) for role in ROLES])
    found = levels(connection)
    assert {role: found.get(role) for role in ROLES} == dict.fromkeys(ROLES, "train")


def test_levels_are_given_while_others_grant(dsn: str, connection: Connection) -> None:
    """What people say in SQL does not wait for us, but for the end of our transaction."""

    def by_hand(session: Connection) -> None:
        for _ in range(30):
            session.execute("grant select on cerebro.runs to public")
            session.execute("revoke select on cerebro.runs from public")

    def give(session: Connection) -> None:
        for _ in range(3):
            session.execute("select cerebro_grant('colleague_0', 'predict')")

    at_once(dsn, [patient(by_hand), give])
    assert levels(connection)["colleague_0"] == "predict"


def patient(work: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """Do some work though the server refuses it now and then, as it does by hand."""

    def tried(session: Connection) -> None:
        with contextlib.suppress(errors.InternalError_):
            work(session)

    return tried


def at_once(dsn: str, works: list[Callable[[Connection], object]]) -> None:
    if works:
        with calling(dsn, works[0]) as caller:
            at_once(dsn, works[1:])
            caller.finish()
        assert caller.error is None, caller.error


def test_code_is_registered_at_the_same_time(dsn: str, connection: Connection) -> None:
    def register(first: int) -> Callable[[Connection], object]:
        def work(session: Connection) -> None:
            for power in range(first, first + 5):
                session.execute(
                    "select cerebro_register_code('brier', 'metric', %s, true)",
                    [METRIC.format(power=power)],
                )

        return work

    at_once(dsn, [register(1), register(11), register(21)])
    current = "select count(*), count(*) filter (where current) from cerebro.code"
    assert connection.execute(current.encode()).fetchone() == (15, 1)


def test_a_name_is_taken_once(dsn: str, connection: Connection) -> None:
    """Whoever comes second is told so, and not by the index behind it."""
    made: list[str] = []

    def register(session: Connection) -> None:
        for number in range(20):
            with contextlib.suppress(errors.DuplicateObject):
                session.execute("select cerebro_model(%s, %s)", [f"m{number}", MODEL])
                made.append(f"m{number}")

    at_once(dsn, [register, register, register])
    assert sorted(made) == sorted(f"m{number}" for number in range(20))


def test_a_dataset_that_a_run_has_just_begun_with(dsn: str, connection: Connection) -> None:
    """Whoever drops it waits for the run's row, which nobody has seen by then."""
    connection.execute(
        "create table rows as select i as a, i % 2 as y from generate_series(1, 99) i"
    )
    connection.execute("select cerebro_prepare('rows', 'rows', 'y')")
    connection.execute("select cerebro_submit('first', 'rows')")
    copy = (
        "insert into cerebro._runs (name, owner, dataset, prepared, metric, higher_is_better,"
        " model, space, search, epochs, workers, seed, options)"
        " select 'second', owner, dataset, prepared,"
        " metric, higher_is_better, model, space, search, epochs, workers, seed, options"
        " from cerebro._runs"
    )
    with psycopg.connect(dsn) as begins:
        begins.execute(copy.encode())
        connection.execute("select cerebro_drop('first')")
        drop = "select cerebro_drop('rows', 'dataset')"
        with calling(dsn, lambda session: session.execute(drop)) as drops:
            waiting = (
                "select count(*) from pg_stat_activity"
                " where application_name = 'cerebro_db control' and wait_event_type = 'Lock'"
            )
            eventually(lambda: value(connection, waiting))
            begins.commit()
            drops.finish()
    assert isinstance(drops.error, errors.ObjectInUse)
    assert value(connection, "select count(*) from cerebro.datasets where dataset = 'rows'") == 1


def test_whoever_waits_can_be_cancelled(dsn: str, connection: Connection) -> None:
    grant = "select cerebro_grant('colleague_1', 'predict')"
    with psycopg.connect(dsn) as first:
        first.execute("select cerebro_grant('colleague_2', 'predict')")
        with calling(dsn, lambda session: session.execute(grant)) as second:
            waits = "select count(*) from pg_locks where pid = %s and not granted"
            eventually(lambda: value(connection, waits, second.pid))
            connection.execute("select pg_cancel_backend(%s)", [second.pid])
            second.finish()
        first.commit()
    assert isinstance(second.error, errors.QueryCanceled)


def test_an_administrator_takes_its_own_level(dsn: str, connection: Connection) -> None:
    connection.execute("select cerebro_grant('leaving', 'admin')")
    with psycopg.connect(dsn, user="leaving", autocommit=True) as session:
        session.execute("select cerebro_revoke('leaving')")
        assert "leaving" not in levels(connection)
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute("select cerebro_grant('leaving', 'admin')")
        connection.execute("select cerebro_grant('leaving', 'admin')")
        session.execute("select cerebro_grant('leaving', 'predict')")
        assert levels(connection)["leaving"] == "predict"
    taken = "select role, name from cerebro.audit where action = 'revoke' and name = 'leaving'"
    assert connection.execute(taken.encode()).fetchall() == [("leaving", "leaving")]
