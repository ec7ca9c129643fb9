"""What scripts/install.sh left behind: what the server will run, and who could change it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from fix_server import Connection

ROOT = Path(__file__).parents[2]
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def sources(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in {".py", ".sql"}
    }


def test_the_server_runs_what_is_being_tested(connection: Connection) -> None:
    assert sources(SITE_PACKAGES / "cerebro_db") == sources(ROOT / "cerebro_db")
    row = connection.execute("select prosrc from pg_proc where proname = '_python_path'").fetchone()
    assert row is not None
    folders = SITE_PACKAGES.parents[1] / "python*" / "site-packages"
    assert f'packages = "{folders}"' in str(row[0])


def test_nobody_but_root_can_change_what_the_server_runs(connection: Connection) -> None:
    row = connection.execute("select setting from pg_config where name = 'SHAREDIR'").fetchone()
    assert row is not None
    extension = Path(str(row[0])) / "extension"
    scripts = list(extension.glob("cerebro_db*"))
    assert extension / "cerebro_db.control" in scripts
    packages = Path(sys.prefix)
    changeable = [
        path
        for path in (*packages.parents, packages, *packages.rglob("*"), extension, *scripts)
        if not path.is_symlink() and changeable_by_others(path.stat())
    ]
    assert changeable == []


def test_only_superusers_may_create_the_extension(connection: Connection) -> None:
    row = connection.execute(
        "select superuser, trusted from pg_available_extension_versions"
        " where name = 'cerebro_db' and version = (select default_version"
        " from pg_available_extensions where name = 'cerebro_db')"
    ).fetchone()
    assert row == (True, False)


def changeable_by_others(status: os.stat_result) -> bool:
    return status.st_uid != 0 or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


@pytest.mark.skipif(os.geteuid() != 0, reason="installing needs root")
def test_installing_again_does_nothing() -> None:
    installed = SITE_PACKAGES / "cerebro_db" / "__init__.py"
    before = installed.stat().st_ctime_ns
    done = subprocess.run(
        [ROOT / "scripts" / "install.sh"],
        env=os.environ | {"PREFIX": str(Path(sys.prefix).parent)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout + done.stderr == ""
    assert installed.stat().st_ctime_ns == before


@pytest.mark.skipif(os.geteuid() != 0, reason="installing needs root")
@pytest.mark.parametrize(("version", "major"), [("13.23", "13"), ("14.1", "14"), ("19devel", "19")])
def test_other_servers_are_left_as_they_are(tmp_path: Path, version: str, major: str) -> None:
    server = tmp_path / "server"
    server.mkdir()
    for name in ("pg_config", "postgres"):
        (server / name).write_text(
            "#!/bin/sh\n"
            f"case $1 in --bindir) echo {server};; --gp-version) exit 1;;"
            f" *) echo PostgreSQL {version};; esac\n"
        )
        (server / name).chmod(0o755)
    done = subprocess.run(
        [ROOT / "scripts" / "install.sh"],
        env=os.environ | {"PG_CONFIG": f"{server}/pg_config", "PREFIX": f"{tmp_path}/prefix"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"cerebro_db: PostgreSQL {major} is not supported;"
        " this version is for PostgreSQL 15, 16, 17, 18\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["server"]
