"""extension/build.py: what it writes, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cerebro_db

ROOT = Path(__file__).parents[2]
SCRIPT = f"cerebro_db--{cerebro_db.__version__}.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small ``sql`` folder beside an empty ``output`` folder."""
    sql = tmp_path / "sql"
    (sql / "functions").mkdir(parents=True)
    (tmp_path / "output").mkdir()
    (sql / "manifest.txt").write_text("schema.sql\nfunctions/f.sql\n")
    (sql / "schema.sql").write_text("create schema s;\n")
    (sql / "functions" / "f.sql").write_text(
        "create function @extschema@.f() as $python$\n"
        "    @import_path@\n"
        "    return '@import_path@ stays'\n"
        "$python$;\n"
    )
    return tmp_path


def build(folder: Path, import_path: str = "/opt/x/site-packages") -> str:
    """Build ``folder/sql`` into ``folder/output``; return what went to stderr."""
    command = [sys.executable, ROOT / "extension" / "build.py", "sql", "output"]
    done = subprocess.run(
        [*command, "--import-path", import_path],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


def test_concatenates_in_the_manifests_order(folder: Path) -> None:
    assert build(folder) == ""
    script = (folder / "output" / SCRIPT).read_text()
    assert script == (
        '\\echo Use "CREATE EXTENSION cerebro_db" to load this file. \\quit\n'
        "\n"
        "-- schema.sql\n"
        "create schema s;\n"
        "\n"
        "-- functions/f.sql\n"
        "create function @extschema@.f() as $python$\n"
        '    import sys; "/opt/x/site-packages" in sys.path'
        ' or sys.path.insert(0, "/opt/x/site-packages")\n'
        "    return '@import_path@ stays'\n"
        "$python$;\n"
    )


def test_the_statement_puts_the_path_first_and_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(folder)
    lines = (folder / "output" / SCRIPT).read_text().splitlines()
    statement = next(line.strip() for line in lines if "import sys" in line)
    monkeypatch.setattr(sys, "path", ["/elsewhere"])
    exec(statement, {})  # noqa: S102 - the statement is made to be run
    exec(statement, {})  # noqa: S102
    assert sys.path == ["/opt/x/site-packages", "/elsewhere"]


def test_installs_the_control_file(folder: Path) -> None:
    build(folder)
    control = (folder / "output" / "cerebro_db.control").read_text()
    assert f"default_version = '{cerebro_db.__version__}'" in control.splitlines()


def test_refuses_a_file_that_the_manifest_does_not_list(folder: Path) -> None:
    (folder / "sql" / "functions" / "g.sql").write_text("select 1;\n")
    assert "does not list: functions/g.sql" in build(folder)
    assert not list((folder / "output").iterdir())


def test_refuses_a_manifest_that_lists_what_is_not_there(folder: Path) -> None:
    (folder / "sql" / "schema.sql").unlink()
    assert "lists what is not there: schema.sql" in build(folder)


def test_refuses_a_file_listed_twice(folder: Path) -> None:
    (folder / "sql" / "manifest.txt").write_text("schema.sql\nfunctions/f.sql\nschema.sql\n")
    assert "more than once: schema.sql" in build(folder)


@pytest.mark.parametrize("path", ["relative", '/a"b', "/a$b", "/a b", "/a@b@", "/a\nb"])
def test_refuses_a_path_that_could_leave_the_string(folder: Path, path: str) -> None:
    assert "unusual characters" in build(folder, path)


def test_builds_the_extension_itself(tmp_path: Path) -> None:
    (tmp_path / "sql").symlink_to(ROOT / "sql")
    (tmp_path / "output").mkdir()
    assert build(tmp_path) == ""
    assert "@import_path@" not in (tmp_path / "output" / SCRIPT).read_text()
