"""Put the extension in place: its control file, and its versioned scripts built out of ``sql/``.

The script is the files of ``sql/`` in the order of ``sql/manifest.txt``, where ``greenplum: FILE``
is for targets whose names begin so. A mark ``@name@`` in them becomes the value of that name in the
target's file in ``extension/targets``, ``@package_folders@`` the folder of the Python package,
whatever version of Python it is for, ``@servers@`` the versions of servers that the target is for.
A line that has nothing but an empty value is left out.

Beside it go the scripts of released versions, as they were released: what creates a version, and
``TARGET.from-OLDER.sql``, what leads to it from the version before. One more leads from the newest
of them to this version; the server walks the whole way from any older one. ``update/manifest.txt``
lists the parts of that script: files of its own and, with ``sql/`` before their names, files and
folders of ``sql/``. Functions and views of these replace what is there.
"""

from __future__ import annotations

import argparse
import re
import runpy
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
CONTROL = FOLDER / "cerebro_db.control"
PLATFORMS = FOLDER.parent / "cerebro_db" / "platforms.py"
TARGETS = {path.stem: path for path in sorted((FOLDER / "targets").glob("*.toml"))}
GUARD = r'\echo Use "{}" to load this file. \quit'
# Views and functions are made of the server's own operators and types, whatever lies in the schema
# that CREATE EXTENSION chooses.
PINNED = "set local search_path = pg_catalog, pg_temp;"
MARK = re.compile(r"@(\w+)@")
# What CREATE EXTENSION itself replaces.
SERVERS_MARKS = {"extschema"}
# What 0.1.0 had in the place of a target's load_package. It and 0.2.0 name one Python's folder.
IMPORT_PATH = 'import sys; "{0}" in sys.path or sys.path.insert(0, "{0}")'
# What is replaced keeps the rights that were granted on it, and the views that users made of it.
REPLACED = re.compile(r"^create (?=(function|view) )", re.MULTILINE)


class BuildError(Exception):
    """The scripts cannot be built; the message says why."""


def main() -> None:
    """Read the command line, write all files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sql", type=Path, help="folder of the objects and of manifest.txt")
    parser.add_argument("output", type=Path, help="folder of the server's extensions")
    parser.add_argument("--target", required=True, choices=TARGETS, help="kind of server")
    parser.add_argument("--import-path", required=True, help="site-packages for the functions")
    parser.add_argument(
        "--released", type=Path, default=FOLDER / "released", help="folder of older versions"
    )
    parser.add_argument(
        "--update", type=Path, default=FOLDER / "update", help="folder of the update to this one"
    )
    given = parser.parse_args()
    try:
        files = build(given.sql, given.released, given.update, given.target, given.import_path)
    except BuildError as error:
        sys.exit(f"extension/build.py: {error}")
    for name, text in files.items():
        (given.output / name).write_text(text)


def build(sql: Path, released: Path, update: Path, target: str, import_path: str) -> dict[str, str]:
    """Return the text of the extension's files by name.

    Raises:
        BuildError: a manifest and its folder disagree, or marks and target, or the path cannot
            stand in a function body.
    """
    folder = _package_folder(import_path)
    tokens = {
        "package_folders": _of_any_python(folder),
        "servers": runpy.run_path(str(PLATFORMS))["SERVERS"][target],
        **tomllib.loads(TARGETS[target].read_text()),
    }
    version = default_version()
    script = _script("CREATE EXTENSION cerebro_db", _texts(sql, _listed(sql, target)))
    control = CONTROL.read_text()
    if unused := sorted(set(tokens) - _marks(script + control)):
        raise BuildError(f"{target} has values that no file uses: {', '.join(unused)}")
    files = {version: _with_tokens(script, tokens, target)}
    older = _released(released, target, folder)
    if older:
        newest = max((name for name in older if "--" not in name), key=_numbers)
        parts = _update(update, sql, target)
        text = _script("ALTER EXTENSION cerebro_db UPDATE", parts)
        files[f"{newest}--{version}"] = _with_tokens(text, tokens, target)
    scripts = {f"cerebro_db--{name}.sql": text for name, text in {**older, **files}.items()}
    return {**scripts, CONTROL.name: _with_tokens(control, tokens, target)}


def _released(released: Path, target: str, folder: str) -> dict[str, str]:
    """Return the scripts that were released for a target, by version or pair of versions."""
    tokens = {
        "package_folders": _of_any_python(folder),
        "package_folder": folder,
        "import_path": IMPORT_PATH.format(folder),
    }
    found = {}
    for path in sorted(released.glob(f"*/{target}*.sql")):
        _, _, origin = path.stem.partition(".from-")
        name = f"{origin}--{path.parent.name}" if origin else path.parent.name
        found[name] = _with_tokens(path.read_text(), tokens, target)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def default_version() -> str:
    """Return the version that the control file names."""
    found = re.search(r"^default_version = '(.+)'$", CONTROL.read_text(), re.MULTILINE)
    if found is None:
        raise BuildError(f"{CONTROL} names no default_version")
    return found[1]


def _script(command: str, texts: list[str]) -> str:
    return "\n".join([f"{GUARD.format(command)}\n\n{PINNED}\n", *texts])


def _texts(folder: Path, names: list[str]) -> list[str]:
    return [f"-- {name}\n{(folder / name).read_text().strip()}\n" for name in names]


def _update(folder: Path, sql: Path, target: str) -> list[str]:
    """Return the parts of the script that leads from the newest released version to this one."""
    objects = _listed(sql, target)
    parts = []
    for name in _listed(folder, target):
        if not name.startswith("sql/"):
            parts += _texts(folder, [name])
            continue
        wanted = name.removeprefix("sql/")
        chosen = [file for file in objects if file == wanted or file.startswith(f"{wanted}/")]
        if not chosen:
            raise BuildError(f"{folder}/manifest.txt lists what {target} has not: {name}")
        parts += [REPLACED.sub("create or replace ", text) for text in _texts(sql, chosen)]
    return parts


def _listed(folder: Path, target: str) -> list[str]:
    """Return a manifest's entries for a target; all files beside it have to be listed and there."""
    entries = [
        (beginning, name.strip())
        for line in (folder / "manifest.txt").read_text().splitlines()
        for beginning, _, name in [line.rpartition(":")]
    ]
    names = [name for _, name in entries if not name.startswith("sql/")]
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.sql")}
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


def _package_folder(import_path: str) -> str:
    """Return where the packages lie, by no link: a link is not loaded from."""
    # It stands in a Python string in a dollar-quoted body in which PostgreSQL replaces @names@.
    folder = str(Path(import_path).resolve())
    if not Path(import_path).is_absolute() or not re.fullmatch(r"[\w./+-]+", folder, re.ASCII):
        raise BuildError(f"the path of the Python packages has unusual characters: {import_path}")
    return folder


def _of_any_python(folder: str) -> str:
    """Return a folder of packages with ``python*`` in the place of the Python that it is for."""
    return re.sub(r"(.*)/python3\.\d+/", r"\1/python*/", folder)


def _marks(script: str) -> set[str]:
    return set(MARK.findall(script)) - SERVERS_MARKS


def _with_tokens(script: str, tokens: dict[str, str], target: str) -> str:
    if unknown := sorted(_marks(script) - set(tokens)):
        raise BuildError(f"{target} has no value for: {', '.join(unknown)}")
    lines = script.splitlines(keepends=True)
    script = "".join(line for line in lines if tokens.get(line.strip().strip("@")) != "")
    return MARK.sub(lambda mark: tokens.get(mark[1], mark[0]), script)


if __name__ == "__main__":
    main()
