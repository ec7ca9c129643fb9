"""Where memory, disk or connections run short, no configuration is to blame: the run goes on with
less, or is interrupted, and once there is room it ends as it would have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from faults import PrivateServer, SmallDisk, server_with_disk
from fix_fit import give_up_soon

from cerebro_db.testing.callers import Caller, eventually, working
from cerebro_db.testing.calls import call, rows
from cerebro_db.testing.internals import kept_states
from cerebro_db.testing.long_runs import prepare_points, search

EPOCHS = 3


@pytest.fixture(scope="module")
def disk_and_server() -> Iterator[tuple[SmallDisk, PrivateServer]]:
    with server_with_disk() as (server, disk):
        with server.connect() as connection:
            prepare_points(connection)
        yield disk, server


@pytest.fixture(scope="module")
def server(disk_and_server: tuple[SmallDisk, PrivateServer]) -> PrivateServer:
    return disk_and_server[1]


@pytest.fixture
def disk(disk_and_server: tuple[SmallDisk, PrivateServer]) -> Iterator[SmallDisk]:
    yield disk_and_server[0]
    disk_and_server[0].make_room()


@pytest.fixture(scope="module")
def undisturbed(server: PrivateServer) -> dict[int, bytes]:
    """The final states of the search where nothing runs short."""
    with server.connect() as connection:
        search("undisturbed", EPOCHS)(connection)
    return states(server, "undisturbed")


def states(server: PrivateServer, run: str) -> dict[int, bytes]:
    with server.connect() as connection:
        return {config: kept.state for config, kept in kept_states(connection, run).items()}


def units(server: PrivateServer, run: str) -> int:
    (row,) = server.fetch("select count(*)::int as units from cerebro.hops where run = %s", run)
    return int(row.units)


def of_run(server: PrivateServer, run: str) -> Any:
    (row,) = server.fetch("select status, error, attempts from cerebro.runs where run = %s", run)
    return row


def assert_no_configuration_failed(server: PrivateServer, run: str) -> None:
    failed = "select config, error from cerebro.configs where run = %s and status = 'failed'"
    assert server.fetch(failed, run) == []


def at_work(server: PrivateServer, caller: Caller, run: str) -> None:
    eventually(lambda: not caller.is_alive() or units(server, run) > 3)


def test_a_disk_that_stays_full_interrupts_a_run_that_then_goes_on_to_its_end(
    server: PrivateServer, disk: SmallDisk, undisturbed: dict[int, bytes]
) -> None:
    with server.connect() as session:
        give_up_soon(session)
        with working(session, search("full", EPOCHS)) as caller:
            at_work(server, caller, "full")
            disk.fill()
            began = time.monotonic()
            caller.finish()
            print(f"interrupted after {time.monotonic() - began:.1f} s")
    assert caller.error is not None
    assert caller.error.sqlstate == "53100"
    assert "cerebro_resume" in str(caller.error.diag.message_hint)
    # The session that drove it may end a moment after its caller.
    eventually(lambda: of_run(server, "full").status == "interrupted")
    stands = of_run(server, "full")
    assert "No space left on device" in stands.error
    assert_no_configuration_failed(server, "full")
    assert 0 < units(server, "full") < 2 * 4 * EPOCHS

    disk.make_room()
    with server.connect() as session:
        assert [row.status for row in call(session, "cerebro_resume", "full")] == ["finished"] * 2
    assert states(server, "full") == undisturbed
    assert of_run(server, "full").error is None


def test_a_disk_that_is_full_for_a_while_only_takes_time(
    server: PrivateServer, disk: SmallDisk, undisturbed: dict[int, bytes]
) -> None:
    with server.connect() as session, working(session, search("a while", EPOCHS)) as caller:
        at_work(server, caller, "a while")
        disk.fill()
        time.sleep(1)
        before = units(server, "a while")
        time.sleep(2)
        assert units(server, "a while") == before
        assert caller.is_alive()
        disk.make_room()
        caller.finish()
    assert caller.error is None
    assert states(server, "a while") == undisturbed


@pytest.fixture
def few_connections(server: PrivateServer) -> Iterator[None]:
    """Workers log in as a role that may have two sessions: one is the books'."""
    server.fetch("create role trainer login connection limit 2 in role cerebro_worker")
    server.fetch("insert into cerebro.connection (username) values ('trainer')")
    yield
    server.fetch("delete from cerebro.connection")
    # It may keep workers of the role warm.
    server.disconnect()
    eventually(lambda: not server.sessions())
    server.fetch("drop role trainer")


@pytest.mark.usefixtures("few_connections")
def test_a_search_goes_on_with_fewer_workers_where_connections_are_short(
    server: PrivateServer, undisturbed: dict[int, bytes]
) -> None:
    with server.connect() as session:
        search("fewer", EPOCHS)(session)
        (workers,) = server.fetch(
            "select count(distinct pid) as found from cerebro.hops where run = 'fewer'"
        )
    assert workers.found == 1
    assert states(server, "fewer") == undisturbed


@pytest.mark.usefixtures("few_connections")
def test_the_queue_leaves_a_run_that_finds_no_worker_for_later(
    server: PrivateServer, undisturbed: dict[int, bytes]
) -> None:
    submit = """select cerebro_submit('queued', 'points', epochs => %s, seed => 5, workers => 2,
        model => '{"family": "mlp", "hidden": [256, 256], "batch_size": 32, "dropout": 0.1}',
        space => '{"learning_rate": [0.001, 0.01]}')"""
    server.fetch(submit, EPOCHS)
    server.fetch("alter role trainer connection limit 1")
    theirs = "select pid from pg_stat_activity where usename = 'trainer'"
    with server.connect() as session:
        give_up_soon(session)
        for _ in range(4):
            # What was opened before takes a moment to go, and there is room for the queue's own.
            eventually(lambda: not server.fetch(theirs))
            assert rows(session, "select cerebro_run_queue() as done")[0].done == 1
            stands = of_run(server, "queued")
            assert (stands.status, stands.attempts) == ("queued", 0)
            assert 'too many connections for role "trainer"' in stands.error
    server.fetch("alter role trainer connection limit 5")
    assert server.fetch("select cerebro_run_queue() as done")[0].done == 1
    assert of_run(server, "queued").status == "finished"
    assert states(server, "queued") == undisturbed


def test_what_a_role_or_a_database_sets_does_not_end_workers(
    server: PrivateServer, undisturbed: dict[int, bytes]
) -> None:
    settings = {
        "statement_timeout": "300ms",
        "lock_timeout": "1ms",
        "idle_session_timeout": "200ms",
        "idle_in_transaction_session_timeout": "200ms",
    }
    # The caller itself has none of them.
    connection = server.connect()
    for name, value in settings.items():
        server.fetch(f"alter role postgres set {name} = '{value}'")
    try:
        with connection as session:
            search("settings", EPOCHS)(session)
    finally:
        for name in settings:
            connection.close()
            server.disconnect()
            server.fetch(f"alter role postgres reset {name}")
    assert states(server, "settings") == undisturbed
