"""Faults that strike a search at work: its sessions and its server ended, its disk full, at moments
that a seed draws. And the server that they happen to, which is nobody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from fix_server import server_script
from psycopg.rows import namedtuple_row

from cerebro_db.testing.callers import Caller, eventually
from cerebro_db.testing.database import Connection


class PrivateServer:
    """A server that may be killed at any moment, with the extension in its database.

    Args:
        folder: where it lies; its settings are those of scripts/server.sh.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._pid_file = Path(folder, "data", "postmaster.pid")
        self._connection: Connection | None = None
        self.dsn = server_script("start", folder).stdout.strip()
        # The machine does not crash; what a server has not written to it is lost as elsewhere.
        self.fetch("alter system set fsync = off")
        self.fetch("select pg_reload_conf()")
        self.fetch("create extension if not exists cerebro_db cascade")

    def fetch(self, query: str, *parameters: Any) -> list[Any]:
        """Run a statement, again while the server comes back; return its rows, if it has any."""

        def attempt() -> list[list[Any]]:
            try:
                if self._connection is None:
                    self._connection = self.connect()
                cursor = self._connection.execute(query.encode(), parameters or None)
                return [cursor.fetchall() if cursor.description else []]
            except psycopg.OperationalError:
                self.disconnect()
                return []

        (found,) = eventually(attempt)
        return list(found)

    def connect(self) -> Connection:
        """Open a connection, once the server lets one in."""

        def attempt() -> Connection | None:
            try:
                return psycopg.connect(self.dsn, autocommit=True, row_factory=namedtuple_row)
            except psycopg.OperationalError:
                return None

        try:
            return eventually(attempt)
        except AssertionError as error:
            raise AssertionError(Path(self.folder, "log").read_text()[-4000:]) from error

    def sessions(self, name: str = "cerebro_db %") -> list[int]:
        """Return the pids of the sessions that cerebro_db has opened."""
        query = "select pid from pg_stat_activity where application_name like %s order by pid"
        return [row.pid for row in self.fetch(query, name)]

    def postmaster(self) -> int:
        """Return the pid of the server."""
        return int(self._pid_file.read_text().split()[0])

    def restart(self) -> None:
        """Start it, once it is gone."""
        eventually(lambda: not self._pid_file.exists())
        server_script("start", self.folder)

    def disconnect(self) -> None:
        """Let the connection go, whose session may have ended."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


@contextmanager
def server_with_disk() -> Iterator[tuple[PrivateServer, SmallDisk]]:
    """Have a server, and a disk that its tables lie on, for the time of a with block."""
    with TemporaryDirectory(prefix="cerebro-disk-") as folder:
        disk = SmallDisk(folder)
        try:
            with private_server() as server:
                disk.serve(server)
                yield server, disk
        finally:
            disk.unmount()


@contextmanager
def private_server() -> Iterator[PrivateServer]:
    """Have a server for the time of a with block."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            server = PrivateServer(folder)
            yield server
            server.disconnect()
        finally:
            server_script("stop", folder)


class SmallDisk:
    """A disk of its own for what runs write: tables of states, whoever makes them.

    Args:
        folder: an empty one, where it is mounted; that takes root.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._command("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", folder)

    def serve(self, server: PrivateServer) -> None:
        """Have all tables of a server's database that are made from now on lie there."""
        place, owner = Path(self._folder, "tables"), Path(server.folder, "data").stat()
        place.mkdir()
        for path in (Path(self._folder), place):
            os.chown(path, owner.st_uid, owner.st_gid)
        server.fetch(f"create tablespace small location '{place}'")
        server.fetch("grant create on tablespace small to public")
        (found,) = server.fetch("select current_database() as name")
        server.fetch(f'alter database "{found.name}" set default_tablespace = small')

    def fill(self) -> None:
        """Leave no room on it."""
        while True:
            disk = os.statvfs(self._folder)
            used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
            try:
                self._resize(used + 64 * 1024)
            except subprocess.CalledProcessError:
                # More was written meanwhile than the new size leaves room for.
                continue
            return

    def make_room(self) -> None:
        """Leave as much room as anybody needs."""
        self._resize(2**30)

    def unmount(self) -> None:
        """Let it go, once its server has ended."""
        self._command("umount", self._folder)

    def _resize(self, size: int) -> None:
        self._command("mount", "-o", f"remount,size={size}", self._folder)

    def _command(self, *command: str) -> str:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Fault:
    """What happens when so many units more are done, and so many seconds after that."""

    name: str
    units: int
    seconds: float

    @property
    def ends_planner(self) -> bool:
        """Whether no planner survives it; a search survives many of the others."""
        return self.name not in (_SURVIVED, _FULL)

    def strike(self, server: PrivateServer, disk: SmallDisk, run: str, caller: Caller) -> bool:
        """Wait for the moment, and strike; return whether the run was at work."""
        due = _units(server, run) + self.units
        while caller.is_alive() and _units(server, run) < due:
            time.sleep(0.02)
        time.sleep(self.seconds)
        at_work = caller.is_alive() and bool(server.sessions("cerebro_db control"))
        if self.name == _FULL:
            disk.fill()
            time.sleep(_FULL_SECONDS)
            disk.make_room()
            return at_work
        who, number = FAULTS[self.name]
        victims = {"server": server.postmaster, "caller": lambda: caller.pid}
        found = [victims[who]()] if who in victims else server.sessions(f"cerebro_db {who}")
        if not (found and at_work):
            return False
        with suppress(ProcessLookupError):
            os.kill(found[len(found) * self.units // (MOST_UNITS + 1)], number)
        if who == "server":
            server.restart()
        return True


FAULTS = {
    "a worker is terminated": ("worker", signal.SIGTERM),
    "a worker is killed": ("worker", signal.SIGKILL),
    "the control session is terminated": ("control", signal.SIGTERM),
    "the caller is terminated": ("caller", signal.SIGTERM),
    "the caller is killed": ("caller", signal.SIGKILL),
    "the server is stopped at once": ("server", signal.SIGQUIT),
}
"""What may happen to a process: which, and what it is sent. One that is killed takes along all
sessions of the server, which then recovers from its log."""

_SURVIVED = "a worker is terminated"
# For a moment: workers back off. Where the books are being kept, their session ends as well.
_FULL = "the disk is full"
_FULL_SECONDS = 1.0
MOST_UNITS = 9


def drawn(random: Random) -> Iterator[Fault]:
    """Draw faults without end; of ten, all kinds are there."""
    while True:
        names = [*FAULTS, _FULL, *[_SURVIVED] * (9 - len(FAULTS))]
        random.shuffle(names)
        for name in names:
            yield Fault(name, random.randint(0, MOST_UNITS), random.random() / 5)


def _units(server: PrivateServer, run: str) -> int:
    (row,) = server.fetch("select count(*) as units from cerebro.hops where run = %s", run)
    return int(row.units)
