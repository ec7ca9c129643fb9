"""Put the extension in place: its control file, and its versioned script built out of ``sql/``.

The script is the files of ``sql/`` in the order of ``sql/manifest.txt``. In PL/Python bodies a line
``@import_path@`` becomes the statement that lets the function import the package.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

CONTROL = Path(__file__).with_name("cerebro_db.control")
GUARD = r'\echo Use "CREATE EXTENSION cerebro_db" to load this file. \quit'


class BuildError(Exception):
    """The script cannot be built; the message says why."""


def main() -> None:
    """Read the command line, write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sql", type=Path, help="folder of the objects and of manifest.txt")
    parser.add_argument("output", type=Path, help="folder of the server's extensions")
    parser.add_argument("--import-path", required=True, help="site-packages for the functions")
    arguments = parser.parse_args()
    try:
        script = build(arguments.sql, arguments.import_path)
    except BuildError as error:
        sys.exit(f"extension/build.py: {error}")
    (arguments.output / f"cerebro_db--{default_version()}.sql").write_text(script)
    shutil.copyfile(CONTROL, arguments.output / CONTROL.name)


def build(sql: Path, import_path: str) -> str:
    """Return the extension's script.

    Raises:
        BuildError: manifest and folder disagree, or the path cannot stand in a function body.
    """
    parts = [f"-- {name}\n{(sql / name).read_text().strip()}\n" for name in _listed(sql)]
    return "\n".join([GUARD + "\n", *(_with_import(part, import_path) for part in parts)])


def default_version() -> str:
    """Return the version that the control file names."""
    found = re.search(r"^default_version = '(.+)'$", CONTROL.read_text(), re.MULTILINE)
    if found is None:
        raise BuildError(f"{CONTROL} names no default_version")
    return found[1]


def _listed(sql: Path) -> list[str]:
    names = (sql / "manifest.txt").read_text().split()
    present = {path.relative_to(sql).as_posix() for path in sql.rglob("*.sql")}
    if missing := [name for name in names if name not in present]:
        raise BuildError(f"manifest.txt lists what is not there: {', '.join(missing)}")
    if unlisted := sorted(present - set(names)):
        raise BuildError(f"manifest.txt does not list: {', '.join(unlisted)}")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BuildError(f"manifest.txt lists more than once: {', '.join(repeated)}")
    return names


def _with_import(text: str, import_path: str) -> str:
    # It stands in a Python string in a dollar-quoted body in which PostgreSQL replaces @names@.
    if not re.fullmatch(r"/[\w./+-]*", import_path, re.ASCII):
        raise BuildError(f"the path of the Python packages has unusual characters: {import_path}")
    statement = f'import sys; "{import_path}" in sys.path or sys.path.insert(0, "{import_path}")'
    return re.sub(r"^([ \t]*)@import_path@$", rf"\g<1>{statement}", text, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
