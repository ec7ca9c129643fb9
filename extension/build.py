"""Put the extension in place: its control file, and its versioned script built out of ``sql/``.

The script is the files of ``sql/`` in the order of ``sql/manifest.txt``, where ``greenplum: FILE``
is for targets whose names begin so. A mark ``@name@`` in them becomes the value of that name in the
target's file in ``extension/targets``, or, as ``@import_path@``, the statement that lets a function
import the package. A line that has nothing but an empty value is left out.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
CONTROL = FOLDER / "cerebro_db.control"
TARGETS = {path.stem: path for path in sorted((FOLDER / "targets").glob("*.toml"))}
GUARD = r'\echo Use "CREATE EXTENSION cerebro_db" to load this file. \quit'
MARK = re.compile(r"@(\w+)@")
# What CREATE EXTENSION itself replaces.
SERVERS_MARKS = {"extschema"}


class BuildError(Exception):
    """The script cannot be built; the message says why."""


def main() -> None:
    """Read the command line, write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sql", type=Path, help="folder of the objects and of manifest.txt")
    parser.add_argument("output", type=Path, help="folder of the server's extensions")
    parser.add_argument("--target", required=True, choices=TARGETS, help="kind of server")
    parser.add_argument("--import-path", required=True, help="site-packages for the functions")
    arguments = parser.parse_args()
    try:
        files = build(arguments.sql, arguments.target, arguments.import_path)
    except BuildError as error:
        sys.exit(f"extension/build.py: {error}")
    for name, text in files.items():
        (arguments.output / name).write_text(text)


def build(sql: Path, target: str, import_path: str) -> dict[str, str]:
    """Return the text of the extension's files by name.

    Raises:
        BuildError: manifest and folder disagree, or marks and target, or the path cannot stand in
            a function body.
    """
    parts = [f"-- {name}\n{(sql / name).read_text().strip()}\n" for name in _listed(sql, target)]
    tokens = tomllib.loads(TARGETS[target].read_text())
    tokens["import_path"] = _import_statement(import_path)
    script = "\n".join([GUARD + "\n", *parts])
    return {
        f"cerebro_db--{default_version()}.sql": _with_tokens(script, tokens, target),
        CONTROL.name: CONTROL.read_text(),
    }


def default_version() -> str:
    """Return the version that the control file names."""
    found = re.search(r"^default_version = '(.+)'$", CONTROL.read_text(), re.MULTILINE)
    if found is None:
        raise BuildError(f"{CONTROL} names no default_version")
    return found[1]


def _listed(sql: Path, target: str) -> list[str]:
    """Return the files of a target; all files of all targets have to be listed and there."""
    entries = [
        (beginning, name.strip())
        for line in (sql / "manifest.txt").read_text().splitlines()
        for beginning, _, name in [line.rpartition(":")]
    ]
    names = [name for _, name in entries]
    present = {path.relative_to(sql).as_posix() for path in sql.rglob("*.sql")}
    if missing := [name for name in names if name not in present]:
        raise BuildError(f"manifest.txt lists what is not there: {', '.join(missing)}")
    if unlisted := sorted(present - set(names)):
        raise BuildError(f"manifest.txt does not list: {', '.join(unlisted)}")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BuildError(f"manifest.txt lists more than once: {', '.join(repeated)}")
    for beginning, _ in entries:
        if not any(name.startswith(beginning) for name in TARGETS):
            raise BuildError(f"manifest.txt names no target: {beginning}")
    return [name for beginning, name in entries if target.startswith(beginning)]


def _import_statement(import_path: str) -> str:
    # It stands in a Python string in a dollar-quoted body in which PostgreSQL replaces @names@.
    if not re.fullmatch(r"/[\w./+-]*", import_path, re.ASCII):
        raise BuildError(f"the path of the Python packages has unusual characters: {import_path}")
    return f'import sys; "{import_path}" in sys.path or sys.path.insert(0, "{import_path}")'


def _with_tokens(script: str, tokens: dict[str, str], target: str) -> str:
    used = set(MARK.findall(script)) - SERVERS_MARKS
    if unknown := sorted(used - set(tokens)):
        raise BuildError(f"{target} has no value for: {', '.join(unknown)}")
    if unused := sorted(set(tokens) - used):
        raise BuildError(f"{target} has values that no file uses: {', '.join(unused)}")
    lines = script.splitlines(keepends=True)
    script = "".join(line for line in lines if tokens.get(line.strip().strip("@")) != "")
    return MARK.sub(lambda mark: tokens.get(mark[1], mark[0]), script)


if __name__ == "__main__":
    main()
