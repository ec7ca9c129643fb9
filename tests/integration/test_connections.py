"""How workers connect where a server asks who they are, and that no password is seen anywhere.

The server is one of the test's own, which logs every statement.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import SqlclientUnableToEstablishSqlconnection as NoConnection

RIGHT, WRONG = "ahphei3Kooh5", "Thae6ohvu0ai"

_HBA = """
local all postgres trust
local all cerebro_worker peer map=workers
local all trainer,stranger scram-sha-256
"""

# All that a server says of its sessions, and that ours say of themselves.
_SEEN = (
    "select * from pg_stat_activity",
    "select * from pg_settings",
    "select * from cerebro.connection",
    "select * from cerebro._loopback()",
    "select * from cerebro.runs",
    "select * from cerebro.configs",
)

_LOGINS = "select usename::text from pg_stat_activity where application_name = 'cerebro_db worker'"

State = Callable[[str], None]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Folder of a server that has been started; its operating system user owns it."""
    with TemporaryDirectory(prefix="cerebro-") as name:
        try:
            folder = Path(name)
            dsn = server_script(
                "start", name, "log_statement=all", "log_connections=on", "log_disconnections=on"
            ).stdout.strip()
            (folder / "data" / "pg_hba.conf").write_text(_HBA)
            # The server's operating system user may log in as cerebro_worker.
            (folder / "data" / "pg_ident.conf").write_text(
                f"workers {folder.owner()} cerebro_worker\n"
            )
            (folder / "dsn").write_text(dsn)
            yield folder
        finally:
            server_script("stop", name)


@pytest.fixture(scope="module")
def connection(folder: Path) -> Iterator[Connection]:
    """A superuser's connection to a database with the extension, and two roles with passwords."""
    with psycopg.connect((folder / "dsn").read_text(), autocommit=True) as connection:
        connection.execute("select pg_reload_conf()")
        connection.execute("create extension cerebro_db cascade")
        connection.execute(
            "create table t as select a, a % 2 = 0 as b from generate_series(1, 60) a"
        )
        # Said by a superuser in clear, it would be in the log.
        hashed = connection.pgconn.encrypt_password(RIGHT.encode(), b"trainer", b"scram-sha-256")
        for role in ("trainer", "stranger"):
            connection.execute(f"create role {role} login password '{hashed.decode()}'".encode())
        connection.execute("grant cerebro_worker to trainer")
        yield connection


@pytest.fixture
def state(connection: Connection) -> Iterator[State]:
    """States how workers connect, for the length of a test."""

    def state(assignments: str) -> None:
        connection.execute("insert into cerebro.connection default values")
        connection.execute(f"update cerebro.connection set {assignments}".encode())

    yield state
    connection.execute("delete from cerebro.connection")


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file that the server's operating system user alone may read."""
    file = folder / name
    file.touch(mode=0o600)
    file.write_text(text)
    os.chown(file, folder.stat().st_uid, -1)
    return file


def passfile(folder: Path, password: str) -> Path:
    return write(folder, "passfile", f"*:*:*:*:{password}\n")


def search(connection: Connection, run: str) -> list[str]:
    """Search in a new session; return who its workers are logged in as."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as caller:
        fit(caller, run, "t", "b", QUICK)
        return [str(name) for (name,) in caller.execute(_LOGINS.encode()).fetchall()]


def test_by_default_the_first_superuser_logs_in(connection: Connection) -> None:
    assert search(connection, "default") == ["postgres"]


def test_the_workers_role_itself_logs_in_by_a_peer_map(
    connection: Connection, state: State
) -> None:
    state("username = 'cerebro_worker'")
    with pytest.raises(NoConnection, match="cannot connect back"):
        search(connection, "nologin")
    connection.execute("alter role cerebro_worker login")
    assert search(connection, "peer") == ["cerebro_worker"]


def test_a_member_logs_in_with_a_passfile(
    connection: Connection, folder: Path, state: State
) -> None:
    state(f"username = 'trainer', passfile = '{passfile(folder, RIGHT)}'")
    assert search(connection, "passfile") == ["trainer"]


def test_a_service_says_the_rest(connection: Connection, folder: Path, state: State) -> None:
    host = conninfo_to_dict(connection.info.dsn)["host"]
    # In the home of the server's user; libpq looks there first.
    write(
        folder,
        ".pg_service.conf",
        f"[training]\nhost={host}\nuser=trainer\ndbname=postgres\npassword={RIGHT}\n",
    )
    state("service = 'training'")
    assert search(connection, "service") == ["trainer"]


def test_who_is_no_member_is_no_worker(connection: Connection, folder: Path, state: State) -> None:
    state(f"username = 'stranger', passfile = '{passfile(folder, RIGHT)}'")
    with pytest.raises(NoConnection) as raised:
        search(connection, "stranger")
    assert 'permission denied to set role "cerebro_worker"' in str(raised.value.diag.message_detail)
    assert "member of cerebro_worker" in str(raised.value.diag.message_hint)
    if connection.info.server_version >= 160000:
        connection.execute("grant cerebro_worker to stranger with set false")
        with pytest.raises(NoConnection, match="cannot set up a session"):
            search(connection, "stranger")
        connection.execute("revoke cerebro_worker from stranger")


def test_no_password_is_seen_anywhere(connection: Connection, folder: Path, state: State) -> None:
    state(f"username = 'trainer', passfile = '{passfile(folder, RIGHT)}'")
    seen: list[str] = []
    with psycopg.connect(connection.info.dsn, autocommit=True) as caller:
        fit(caller, "seen", "t", "b", QUICK)
        seen += [str(connection.execute(view.encode()).fetchall()) for view in _SEEN]
        shown = command_lines(folder)
    passfile(folder, WRONG)
    with pytest.raises(NoConnection) as raised:
        search(connection, "wrong")
    diag = raised.value.diag
    assert "password authentication failed" in str(diag.message_detail)
    seen += [str(raised.value), str(diag.message_detail), str(diag.message_hint), str(diag.context)]
    log = (folder / "log").read_text()
    # Where there was something to be seen.
    assert "select cerebro._train(" in log
    assert "password authentication failed" in log
    assert any("cerebro_db worker" in text for text in seen)
    assert any("trainer" in line for line in shown)
    for password in (RIGHT, WRONG):
        assert password not in log
        assert not [text for text in seen + shown if password in text]


def command_lines(folder: Path) -> list[str]:
    """Return how a list of processes shows those of the server's operating system user."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == folder.stat().st_uid:
                found.append((process / "cmdline").read_text())
        except FileNotFoundError:
            continue
    return found


def test_a_member_that_resets_its_role_is_nobody(connection: Connection, folder: Path) -> None:
    with psycopg.connect(connection.info.dsn, user="trainer", password=RIGHT) as trainer:
        trainer.execute("set role cerebro_worker")
        trainer.execute("reset role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            trainer.execute("select * from t")


def test_the_role_goes_when_no_database_has_the_extension(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        connection.execute("drop role cerebro_worker")
    connection.execute("drop extension cerebro_db cascade")
    connection.execute("drop role cerebro_worker")
    connection.execute("create extension cerebro_db")
    assert search(connection, "anew") == ["postgres"]
