"""A hot standby: what it says of runs that train on the primary."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cerebro_db.testing.callers import calling, eventually, status, units

ENDLESS = QUICK.replace("epochs => 1", "epochs => 100000, workers => 1")


@pytest.fixture
def standby(dsn: str, connection: Connection) -> Iterator[str]:
    """Connection string of the module's database on a standby of the private server."""
    primary = conninfo_to_dict(dsn)
    with TemporaryDirectory(prefix="cerebro-") as parent:
        folder = Path(parent) / "standby"
        (folder / "socket").mkdir(parents=True)
        backup = ["pg_basebackup", "--write-recovery-conf", "--checkpoint=fast"]
        where = [f"--pgdata={folder}/data", f"--dbname={make_conninfo(**primary)}"]
        subprocess.run([*backup, *where], check=True)
        if os.geteuid() == 0:
            for path in (folder.parent, folder, *folder.rglob("*")):
                shutil.chown(path, "postgres", "postgres")
        try:
            started = server_script("start", str(folder)).stdout.strip()
            yield make_conninfo(started, dbname=primary["dbname"])
        finally:
            server_script("stop", str(folder))


def test_a_run_that_trains_on_the_primary(dsn: str, connection: Connection, standby: str) -> None:
    connection.execute(
        "create table customers as"
        " select a, a % 2 = 0 as b, a * 1.5 as c from generate_series(1, 60) a"
    )
    with (
        psycopg.connect(standby, autocommit=True) as looking,
        calling(dsn, lambda caller: fit(caller, "r", "customers", "b", ENDLESS)) as trains,
    ):
        eventually(lambda: units(looking, "r") > 2)
        assert status(looking, "r") == "running"
        wait = "select cerebro_wait('r')"
        with calling(standby, lambda caller: caller.execute(wait).fetchone()) as waits:
            connection.execute("select cerebro_cancel('r')")
            trains.finish()
            waits.finish()
        assert tuple(waits.result) == ("cancelled",)
        assert status(looking, "r") == "cancelled"
