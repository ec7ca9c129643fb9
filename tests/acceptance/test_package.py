"""Where the server's Python finds the package and all that it imports: in the folder of the
installation and in its own library, and not in what others than root can write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from fix_fit import QUICK, fit
from fix_server import Connection, server_script
from psycopg.errors import InsufficientPrivilege

ROOT = Path(__file__).parents[2]
PYTHON_PATH = (ROOT / "sql" / "functions" / "_python_path.sql").read_text()

# Of ours, of the standard library, and one that Keras looks for and can do without.
NAMES = ["cerebro_db", "json", "keras", "numpy", "psycopg", "sklearn", "sqlglot", "tensorflow"]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to root")


@pytest.fixture
def written() -> Iterator[Path]:
    """A file that hostile modules write their names into, in a folder that all may enter."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "written"
        file.touch()
        file.chmod(0o666)
        yield file


@pytest.fixture
def surrounded(written: Path) -> Iterator[Connection]:
    """A connection to a server in whose every surrounding lie hostile modules."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        try:
            dsn = server_script("start", folder).stdout.strip()
            data, library = Path(folder) / "data", Path(folder) / "library"
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            for place in (data, library, Path(folder) / ".local/lib" / version / "site-packages"):
                place.mkdir(parents=True, exist_ok=True)
                for name in NAMES:
                    hostile(place / name, written)
            # An empty entry is the working directory, which is the server's data.
            restart(dsn, data, {"PYTHONPATH": f":{library}", "HOME": folder})
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("create extension cerebro_db cascade")
                yield connection
        finally:
            server_script("stop", folder)


def hostile(package: Path, written: Path) -> None:
    package.mkdir()
    (package / "__init__.py").write_text(f"open({str(written)!r}, 'a').write(__file__ + '\\n')\n")


def restart(dsn: str, data: Path, environment: dict[str, str]) -> None:
    """Restart a server as its own user, with its options, in another environment."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select setting from pg_config where name = 'BINDIR'").fetchone()
    assert row is not None
    owner = data.stat()
    subprocess.run(
        [f"{row[0]}/pg_ctl", "restart", "--pgdata", data, "--wait", "--log", "/dev/null"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=os.environ | environment,
        **({"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}),
    )


def python(connection: Connection, body: str) -> object:
    """Return what a body of PL/Python returns, in the connection's session."""
    connection.execute(
        f"create function pg_temp.f() returns text language plpython3u as $${body}$$"
    )
    (result,) = connection.execute("select pg_temp.f()").fetchone() or (None,)
    connection.execute("drop function pg_temp.f()")
    return result


def test_what_surrounds_the_server_decides_nothing(surrounded: Connection, written: Path) -> None:
    data, library, *others = str(
        python(surrounded, "import sys; return '\\n'.join(sys.path)")
    ).split()
    assert (Path(data).name, Path(library).name) == ("data", "library")
    assert any("/.local/lib/" in folder for folder in others)

    surrounded.execute("create table t as select a, a % 2 = 0 as b from generate_series(1, 60) a")
    fit(surrounded, "run", "t", "b", QUICK)
    surrounded.execute("select cerebro_score('run', t) from t")
    surrounded.execute("select cerebro_evaluate('run', 't')")
    assert written.read_text() == ""

    # Whoever imports otherwise gets what lies there.
    with psycopg.connect(surrounded.info.dsn, autocommit=True) as other:
        python(other, "import json")
    assert written.read_text() == f"{data}/json/__init__.py\n"


@pytest.fixture
def packages(written: Path) -> Path:
    """A folder of packages, root's own, with a package cerebro_db that writes its name."""
    folder = written.parent / "lib" / "packages"
    folder.mkdir(parents=True)
    hostile(folder / "cerebro_db", written)
    return folder


def load(dsn: str, packages: Path) -> None:
    """Predict in a new session, with an extension that was built for that folder of packages."""
    with psycopg.connect(dsn) as connection:
        statement = PYTHON_PATH.replace("@package_folders@", str(packages))
        statement = statement.replace("create function", "create or replace function")
        connection.execute(statement.encode())
        connection.execute("select cerebro_predict('run', row(1))")


@needs_root
@pytest.mark.parametrize("folder", ["lib", "lib/packages", "lib/packages/cerebro_db"])
@pytest.mark.parametrize(
    ("mode", "owner", "found"),
    [
        (0o775, 0, "can be written by others than root: its mode is drwxrwxr-x."),
        (0o757, 0, "can be written by others than root: its mode is drwxr-xrwx."),
        (0o755, 1, "belongs to user 1, not to root."),
    ],
)
def test_no_code_is_loaded_from_where_others_can_write(
    dsn: str, packages: Path, written: Path, folder: str, mode: int, owner: int, found: str
) -> None:
    changed = written.parent / folder
    changed.chmod(mode)
    os.chown(changed, owner, 0)
    with pytest.raises(InsufficientPrivilege) as raised:
        load(dsn, packages)
    assert raised.value.diag.message_detail == f"{changed} {found}"
    assert "scripts/install.sh" in str(raised.value.diag.message_hint)
    assert written.read_text() == ""


@needs_root
def test_a_folder_in_which_everything_stays_its_owners_may_stand_above(
    dsn: str, packages: Path, written: Path
) -> None:
    packages.parent.chmod(0o1777)
    # The package that is found there has no module udf.
    with pytest.raises(psycopg.Error, match="ModuleNotFoundError"):
        load(dsn, packages)
    assert written.read_text() == f"{packages}/cerebro_db/__init__.py\n"

    packages.chmod(0o1777)
    with pytest.raises(InsufficientPrivilege):
        load(dsn, packages)


@needs_root
def test_no_code_is_loaded_through_a_link(dsn: str, packages: Path, written: Path) -> None:
    link = written.parent / "link"
    link.symlink_to(packages)
    with pytest.raises(InsufficientPrivilege) as raised:
        load(dsn, link)
    assert str(link) in str(raised.value.diag.message_detail)
    assert written.read_text() == ""


def test_a_folder_that_is_missing_is_named(dsn: str) -> None:
    with pytest.raises(InsufficientPrivilege) as raised:
        load(dsn, Path("/nowhere/packages"))
    assert raised.value.diag.message_detail == "/nowhere: No such file or directory."


def test_every_function_loads_the_package_first(connection: Connection) -> None:
    rows = connection.execute(
        "select p.proname, p.prosrc from pg_proc p"
        " join pg_language l on l.oid = p.prolang and l.lanname = 'plpython3u'"
        " join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid"
        " join pg_extension e on e.oid = d.refobjid and e.extname = 'cerebro_db'"
    ).fetchall()
    statement = (
        'import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")'
    )
    first = {str(name): str(body).strip().splitlines()[0] for name, body in rows}
    assert len(first) > 20
    assert {name for name in first if first[name] != statement} == {"_python_path"}
