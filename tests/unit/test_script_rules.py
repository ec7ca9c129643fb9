"""Rules for the extension's scripts: nothing in them means something else to who prepared a schema,
a search path or an object of the same name. Most of the rules are pgspot's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fix_golden import statements

import cerebro_db

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "extension"
TARGETS = sorted(path.stem for path in (EXTENSION / "targets").glob("*.toml"))
WRITTEN = [
    path
    for folder in (ROOT / "sql", EXTENSION / "update")
    for path in sorted(folder.rglob("*.sql"))
]

# Clauses of Greenplum's own, which pgspot's parser does not know.
GREENPLUMS = re.compile(
    r"\s(distributed (replicated|by \([\w, ]+\))$|execute on \w+( segments)?\b)"
)

# What pgspot finds and is as it should be.

# Planners put functions in SQL in the place of their calls, but not such as set a search path, and
# rows would be slow. Beneath those that make rows of what a verb returns, and in _run_statement,
# users' SQL runs, on the user's path. On Greenplum, _sessions may set none (@pinned_path@). All in
# them is qualified, which pgspot checks as well.
WITHOUT_PATH = (
    r"PS003: SECURITY DEFINER function without explicit search_path: cerebro\._sessions\("
    r"|PS005: Function without explicit search_path: "
    r"(cerebro\._(admin|owns|uses|role_name|run_statement)|extschema\.cerebro_(predict|score|proba|prepare|fit|resume))\("
)
# An update replaces what is the extension's own: who may create in schema cerebro may do all there,
# and update/strangers.sql refuses functions of others that have names of ours.
REPLACED = r"PS0(02: Unsafe function|15: Unsafe view) creation: (cerebro|extschema)\."


def findings(script: Path) -> list[str]:
    """Return what pgspot finds in a script."""
    text = script.read_text().partition("\n")[2]
    plain = [GREENPLUMS.sub("", statement) for statement in statements(text)]
    checked = script.with_suffix(".checked")
    checked.write_text(";\n".join([*plain, ""]))
    done = subprocess.run(
        [sys.executable, "-m", "pgspot", "--ignore-lang", "plpython3u", checked],
        capture_output=True,
        text=True,
        check=False,
    )
    *found, summary = [line for line in done.stdout.splitlines() if line.strip()]
    assert re.search(r"Errors: \d+ Warnings: \d+ Unknown: \d+", summary), done.stdout + done.stderr
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_pgspot_finds_nothing_that_is_not_meant(target: str, tmp_path: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, EXTENSION / "build.py", ROOT / "sql", tmp_path),
            *("--target", target, "--import-path", "/cerebro_db"),
        ],
        check=True,
    )
    install = tmp_path / f"cerebro_db--{cerebro_db.__version__}.sql"
    updates = list(tmp_path.glob(f"cerebro_db--*--{cerebro_db.__version__}.sql"))
    assert updates
    assert [found for found in findings(install) if not re.match(WITHOUT_PATH, found)] == []
    for update in updates:
        found = findings(update)
        assert [f for f in found if not re.match(f"{WITHOUT_PATH}|{REPLACED}", f)] == []


def test_pgspot_looks_into_functions(tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    body = "begin return lower('A') || (select name from runs); end"
    script.write_text(
        "\\echo\ncreate schema cerebro;\n"
        "create function cerebro.f() returns text language plpgsql security definer"
        f" as $plpgsql$ {body} $plpgsql$;\n"
    )
    found = "\n".join(findings(script))
    for rule in ("PS001", "PS003", "PS016", "PS017"):
        assert rule in found


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_who_lends_rights_says_why_and_pins_the_path(path: Path) -> None:
    text = path.read_text()
    for created in re.findall(r"^((?:--.*\n)*)(create function [^$]*)", text, re.MULTILINE):
        comment, head = created
        lends = "security definer" in head
        assert lends == comment.startswith("-- SECURITY DEFINER because ")
        assert not lends or PINNED.search(head)


# Where a target pins no path, all is named in full, which pgspot checks.
PINNED = re.compile(r"^(set search_path = pg_catalog, pg_temp|@pinned_path@)$", re.MULTILINE)
BARRIER = re.compile(r"^create view [\w.]+ with \(security_barrier = true\) as$", re.MULTILINE)


def test_views_that_hide_rows_are_barriers() -> None:
    """Else the server may call a function of a condition before it looks whose a row is."""
    views = {path: path.read_text() for path in (ROOT / "sql" / "views").glob("*.sql")}
    hiding = {
        path: text
        for path, text in views.items()
        if re.search(r"(from|join|where) cerebro\.(_my_runs|_uses|_owns|runs|configs)\b", text)
    }
    assert len(hiding) >= 11
    for path, text in hiding.items():
        assert BARRIER.search(text), path


def test_no_function_in_python_returns_a_set() -> None:
    """PL/Python does not survive that the rights of such a function change between its rows."""
    functions = [
        function
        for path in sorted((ROOT / "sql").rglob("*.sql"))
        for function in re.split(r"^(?=create function)", path.read_text(), flags=re.MULTILINE)
        if function.startswith("create function")
    ]
    of_sets = [f for f in functions if re.search(r"^returns (setof|table)\b", f, re.MULTILINE)]
    assert len(of_sets) > 4
    assert [f for f in of_sets if re.search(r"^language plpython", f, re.MULTILINE)] == []
