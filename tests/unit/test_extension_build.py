"""extension/build.py: what it writes for each target, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fix_golden import golden, parse, statements

import cerebro_db

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "extension" / "build.py"
SCRIPT = f"cerebro_db--{cerebro_db.__version__}.sql"
UPDATE = f"cerebro_db--0.2.0--{cerebro_db.__version__}.sql"
TARGETS = sorted(path.stem for path in (ROOT / "extension" / "targets").glob("*.toml"))
LOAD_PACKAGE = {
    target: tomllib.loads((ROOT / "extension" / "targets" / f"{target}.toml").read_text())[
        "load_package"
    ]
    for target in TARGETS
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small ``sql`` folder that uses every token, beside an empty ``output`` folder, and folders
    ``released`` for older versions and ``update``."""
    sql = tmp_path / "sql"
    (sql / "functions").mkdir(parents=True)
    (tmp_path / "output").mkdir()
    (tmp_path / "released").mkdir()
    (tmp_path / "update").mkdir()
    (sql / "manifest.txt").write_text("tables.sql\nfunctions/f.sql\ngreenplum: greenplum.sql\n")
    (sql / "tables.sql").write_text(
        "-- for @servers@\n"
        "create table a (b int@references_runs@@references_datasets@)@replicated@;\n"
        "create table c (d int)@distributed_by_config@;\n"
        "create table i (j int)@distributed_by_run@;\n"
        "create table g (h @role_type@, @role_key@ int)@distributed_by_id@;\n"
    )
    (sql / "functions" / "f.sql").write_text(
        "create function @extschema@.f()\n"
        "@runs_on_coordinator@\n"
        "@pinned_path@\n"
        "@no_parallel_query@\n"
        "as $python$\n"
        "    @load_package@\n"
        '    packages = "@package_folders@"\n'
        "$python$;\n"
    )
    (sql / "greenplum.sql").write_text("create table e (f int);\n")
    return tmp_path


def build(folder: Path, target: str = "postgresql", import_path: str = "/x/packages") -> str:
    """Build ``folder/sql`` into ``folder/output``; return what went to stderr."""
    folders = ["sql", "output", "--released", "released", "--update", "update"]
    done = subprocess.run(
        [sys.executable, BUILD, *folders, "--target", target, "--import-path", import_path],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stderr


def test_puts_the_files_in_the_manifests_order(folder: Path) -> None:
    assert build(folder) == ""
    assert (folder / "output" / SCRIPT).read_text() == (
        '\\echo Use "CREATE EXTENSION cerebro_db" to load this file. \\quit\n'
        "\n"
        "set local search_path = pg_catalog, pg_temp;\n"
        "\n"
        "-- tables.sql\n"
        "-- for 15, 16, 17, 18\n"
        "create table a"
        " (b int references cerebro._runs (id) references cerebro._datasets (id));\n"
        "create table c (d int);\n"
        "create table i (j int);\n"
        "create table g (h regrole, oid int);\n"
        "\n"
        "-- functions/f.sql\n"
        "create function @extschema@.f()\n"
        "set search_path = pg_catalog, pg_temp\n"
        "set max_parallel_workers_per_gather = 0\n"
        "as $python$\n"
        f"    {LOAD_PACKAGE['postgresql']}\n"
        '    packages = "/x/packages"\n'
        "$python$;\n"
    )


def test_a_target_has_its_own_values_and_files(folder: Path) -> None:
    assert build(folder, "greenplum6") == ""
    assert (folder / "output" / SCRIPT).read_text() == (
        '\\echo Use "CREATE EXTENSION cerebro_db" to load this file. \\quit\n'
        "\n"
        "set local search_path = pg_catalog, pg_temp;\n"
        "\n"
        "-- tables.sql\n"
        "-- for 9.4\n"
        "create table a (b int) distributed replicated;\n"
        "create table c (d int) distributed by (run, config);\n"
        "create table i (j int) distributed by (run);\n"
        "create table g (h name, rolname int) distributed by (id);\n"
        "\n"
        "-- functions/f.sql\n"
        "create function @extschema@.f()\n"
        "execute on initplan\n"
        "as $python$\n"
        f"    {LOAD_PACKAGE['greenplum6']}\n"
        '    packages = "/x/packages"\n'
        "$python$;\n"
        "\n"
        "-- greenplum.sql\n"
        "create table e (f int);\n"
    )


def test_the_packages_are_where_links_lead_to(folder: Path) -> None:
    (folder / "link").symlink_to("packages")
    build(folder, import_path=str(folder / "link"))
    assert f'packages = "{folder}/packages"' in (folder / "output" / SCRIPT).read_text()


def test_the_packages_lie_where_the_servers_python_looks(folder: Path) -> None:
    build(folder, import_path="/x/python3.11/y/lib/python3.11/site-packages")
    script = (folder / "output" / SCRIPT).read_text()
    assert 'packages = "/x/python3.11/y/lib/python*/site-packages"' in script


def test_installs_the_control_file(folder: Path) -> None:
    build(folder)
    control = (folder / "output" / "cerebro_db.control").read_text()
    assert f"default_version = '{cerebro_db.__version__}'" in control.splitlines()


@pytest.mark.parametrize(
    ("target", "more"), [("postgresql", ["trusted = false"]), ("greenplum6", [])]
)
def test_only_superusers_create_the_extension(folder: Path, target: str, more: list[str]) -> None:
    build(folder, target)
    control = (folder / "output" / "cerebro_db.control").read_text().splitlines()
    assert [line for line in control if "super" in line or "trusted" in line] == [
        "superuser = true",
        *more,
    ]


def test_refuses_a_file_that_the_manifest_does_not_list(folder: Path) -> None:
    (folder / "sql" / "functions" / "g.sql").write_text("select 1;\n")
    assert "does not list: functions/g.sql" in build(folder)
    assert not list((folder / "output").iterdir())


def test_refuses_a_manifest_that_lists_what_is_not_there(folder: Path) -> None:
    (folder / "sql" / "greenplum.sql").unlink()
    assert "lists what is not there: greenplum.sql" in build(folder)


@pytest.mark.parametrize("entry", ["tables.sql", "greenplum: tables.sql"])
def test_refuses_a_file_listed_twice(folder: Path, entry: str) -> None:
    with (folder / "sql" / "manifest.txt").open("a") as manifest:
        manifest.write(f"{entry}\n")
    assert "more than once: tables.sql" in build(folder)


def test_refuses_files_for_no_target(folder: Path) -> None:
    (folder / "sql" / "manifest.txt").write_text("tables.sql\nfunctions/f.sql\ngp: greenplum.sql\n")
    assert "names no target: gp" in build(folder)


def test_refuses_a_mark_without_a_value(folder: Path) -> None:
    (folder / "sql" / "greenplum.sql").write_text("select @surprise@;\n")
    assert build(folder, "postgresql") == ""
    assert "greenplum7 has no value for: surprise" in build(folder, "greenplum7")


def test_refuses_a_value_without_a_mark(folder: Path) -> None:
    script = folder / "sql" / "tables.sql"
    script.write_text(script.read_text().replace("@references_datasets@", ""))
    assert "values that no file uses: references_datasets" in build(folder)


@pytest.fixture
def update(folder: Path) -> Path:
    """The folder of an update from version 0.0.10, which had a function of other arguments and no
    table c, and was made of 0.0.9."""
    for version in ("0.0.9", "0.0.10"):
        (folder / "released" / version).mkdir()
        (folder / "released" / version / "postgresql.sql").write_text(
            "create function @extschema@.f(int) ...;\n@import_path@\n"
        )
    (folder / "released" / "0.0.10" / "postgresql.from-0.0.9.sql").write_text(
        "-- @package_folder@\n"
    )
    update = folder / "update"
    (update / "manifest.txt").write_text("old.sql\ngreenplum: e.sql\nsql/functions\n")
    (update / "old.sql").write_text("drop function @extschema@.f(int);\n")
    (update / "e.sql").write_text("drop table e;\n")
    return update


def test_an_update_replaces_what_is_there(folder: Path, update: Path) -> None:
    assert build(folder) == ""
    name = f"cerebro_db--0.0.10--{cerebro_db.__version__}.sql"
    assert (folder / "output" / name).read_text() == (
        '\\echo Use "ALTER EXTENSION cerebro_db UPDATE" to load this file. \\quit\n'
        "\n"
        "set local search_path = pg_catalog, pg_temp;\n"
        "\n"
        "-- old.sql\n"
        "drop function @extschema@.f(int);\n"
        "\n"
        "-- functions/f.sql\n"
        "create or replace function @extschema@.f()\n"
        "set search_path = pg_catalog, pg_temp\n"
        "set max_parallel_workers_per_gather = 0\n"
        "as $python$\n"
        f"    {LOAD_PACKAGE['postgresql']}\n"
        '    packages = "/x/packages"\n'
        "$python$;\n"
    )


def test_installs_the_older_versions_as_they_were(folder: Path, update: Path) -> None:
    assert build(folder) == ""
    for version in ("0.0.9", "0.0.10"):
        assert (folder / "output" / f"cerebro_db--{version}.sql").read_text() == (
            "create function @extschema@.f(int) ...;\n"
            'import sys; "/x/packages" in sys.path or sys.path.insert(0, "/x/packages")\n'
        )


def test_there_is_a_way_from_every_older_version(folder: Path, update: Path) -> None:
    assert build(folder) == ""
    assert {path.name for path in (folder / "output").glob("cerebro_db--*--*.sql")} == {
        "cerebro_db--0.0.9--0.0.10.sql",
        f"cerebro_db--0.0.10--{cerebro_db.__version__}.sql",
    }
    between = (folder / "output" / "cerebro_db--0.0.9--0.0.10.sql").read_text()
    assert between == "-- /x/packages\n"


def test_a_target_has_only_what_was_released_for_it(folder: Path, update: Path) -> None:
    assert build(folder, "greenplum6") == ""
    names = {file.name for file in (folder / "output").iterdir()}
    assert names == {SCRIPT, "cerebro_db.control"}


def test_refuses_an_update_with_a_file_that_is_not_listed(folder: Path, update: Path) -> None:
    (update / "more.sql").write_text("select 1;\n")
    assert "does not list: more.sql" in build(folder)


def test_refuses_an_update_with_objects_that_are_not_there(folder: Path, update: Path) -> None:
    with (update / "manifest.txt").open("a") as manifest:
        manifest.write("sql/views\n")
    assert "lists what postgresql has not: sql/views" in build(folder)


@pytest.mark.parametrize("path", ["relative", '/a"b', "/a$b", "/a b", "/a@b@", "/a\nb"])
def test_refuses_a_path_that_could_leave_the_string(folder: Path, path: str) -> None:
    assert "unusual characters" in build(folder, import_path=path)


@pytest.fixture(scope="module", params=TARGETS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is built of the project itself for a target, whose name it has."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "sql").symlink_to(ROOT / "sql")
    for name in ("released", "update"):
        (folder / name).symlink_to(ROOT / "extension" / name)
    output = folder / "output"
    output.mkdir()
    assert build(folder, request.param, "/cerebro_db") == ""
    return output.rename(folder / request.param)


@pytest.mark.parametrize("name", ["cerebro_db.control", SCRIPT])
def test_the_extension_is_as_its_golden_files(built: Path, name: str) -> None:
    """Updates are made of the same parts, and have to lead to what a fresh install has."""
    golden(f"{built.name}/{name}", (built / name).read_text())


# What sqlglot does not know: the signatures and attributes of PostgreSQL's functions, storage,
# settings, and code in DO. Bodies in SQL are parsed all the same.
EXEMPT = re.compile(
    r"(create|create or replace|comment on|alter) function"
    r"|alter table \S+ alter column \w+ set storage"
    r"|do \$"
    r"|set local search_path = "
)
SQL_BODY = re.compile(r"\$sql\$(.*?)\$sql\$", re.DOTALL)


@pytest.mark.parametrize("script", [SCRIPT, UPDATE])
def test_the_extensions_statements_parse(built: Path, script: str) -> None:
    guard, text = (built / script).read_text().split("\n", 1)
    assert guard.startswith(r"\echo")
    for commented in statements(text.replace("@extschema@", "public")):
        statement = re.sub(r"\A(--.*\n)+", "", commented)
        if EXEMPT.match(statement):
            for body in SQL_BODY.findall(statement):
                parse(body)
        else:
            parse(statement)
