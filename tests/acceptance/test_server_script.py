"""scripts/server.sh as its user meets it."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_server import SCRIPT, server_script


@pytest.fixture(scope="module")
def one_folder() -> Iterator[str]:
    """A folder that is empty at first."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        yield folder


@pytest.fixture
def folder(one_folder: str) -> Iterator[str]:
    """The same one for all tests, since a new database cluster takes its time to make; nothing runs
    in it between two of them."""
    try:
        yield one_folder
    finally:
        server_script("stop", one_folder)


def started(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select pg_postmaster_start_time()").fetchone()


def refusal(*arguments: str) -> str:
    done = subprocess.run(
        [SCRIPT, *arguments],
        check=False,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert done.returncode == 1
    return done.stderr


def test_starts_once_and_keeps_its_data(folder: str) -> None:
    dsn = server_script("start", folder).stdout.strip()
    first = started(dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("create table kept as select 42 as answer")

    assert server_script("start", folder).stdout.strip() == dsn
    assert server_script("status", folder).stdout.strip() == dsn
    assert started(dsn) == first

    server_script("stop", folder)
    assert "no server runs" in refusal("status", folder)

    server_script("start", folder)
    assert started(dsn) != first
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_is_reached_by_its_owner_over_the_socket_only(folder: str) -> None:
    dsn = server_script("start", folder).stdout.strip()
    socket = Path(folder, "socket")
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('server_encoding')"
        ).fetchone()
    assert row == ("", "UTF8")
    if os.geteuid() == 0:
        assert socket.owner() == "postgres"


def test_takes_more_settings(folder: str) -> None:
    dsn = server_script("start", folder, "work_mem=5MB", "jit=off").stdout.strip()
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select current_setting('work_mem'), current_setting('jit')")
        assert row.fetchone() == ("5MB", "off")


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (["port=5445"], "host={}/socket port=5445"),
        (
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "port=5446"],
            "host=127.0.0.1 port=5446",
        ),
        (
            ["listen_addresses=*", "unix_socket_directories=", "port=5446"],
            "host=127.0.0.1 port=5446",
        ),
        (["unix_socket_directories={}", "port=5447"], "host={} port=5447"),
    ],
)
def test_is_reached_where_its_settings_say(folder: str, settings: list[str], place: str) -> None:
    dsn = server_script("start", folder, *(one.format(folder) for one in settings)).stdout.strip()
    assert dsn.startswith(place.format(folder))
    first = started(dsn)
    # Whoever asks later need not know the settings.
    assert server_script("start", folder).stdout.strip() == dsn
    assert server_script("status", folder).stdout.strip() == dsn
    assert started(dsn) == first
    server_script("stop", folder)
    assert "no server runs" in refusal("status", folder)
    assert "port=5432" in server_script("start", folder).stdout


def test_stops_only_its_own_server(server: str, folder: str) -> None:
    before = started(server)
    server_script("start", folder)
    server_script("stop", folder)
    assert started(server) == before


def test_refuses_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("dear PostgreSQL")
    mode = tmp_path.stat().st_mode
    assert "holds something else" in refusal("start", str(tmp_path))
    assert list(tmp_path.iterdir()) == [other]
    assert tmp_path.stat().st_mode == mode


def test_refuses_a_path_too_long_for_a_socket() -> None:
    assert "too long a path" in refusal("start", "/tmp/" + "x" * 90)


def test_names_its_verbs() -> None:
    assert "start|stop|status|psql" in refusal("restart")
