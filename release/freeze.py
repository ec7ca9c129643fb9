"""Freeze the version in work, once it is released: keep its scripts as they were released.

usage: python -m release.freeze

What creates the version and what leads to it from the version before go into
``extension/released/VERSION``, for each target, and the checksums of all released scripts into
``extension/released/SHA256SUMS``.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

from extension.build import FOLDER, TARGETS, BuildError, build, default_version

SUMS = "SHA256SUMS"
# A folder of packages, and what it becomes in scripts, in the place of what each installation has.
_FOLDER = "/cerebro_db/python3.0/packages"
_FOLDERS = "/cerebro_db/python*/packages"


def freeze(sql: Path, released: Path, update: Path) -> str:
    """Write the files of the version in work; return the version.

    Raises:
        BuildError: the version has been frozen, or its scripts cannot be built.
    """
    version = default_version()
    folder = released / version
    if folder.exists():
        raise BuildError(f"{version} has been frozen")
    texts = {}
    for target in TARGETS:
        scripts = build(sql, released, update, target, _FOLDER)
        for name, text in scripts.items():
            older, found, newest = name.removesuffix(".sql").rpartition("--")
            if found and newest == version:
                origin = older.removeprefix("cerebro_db").replace("--", ".from-")
                texts[f"{target}{origin}.sql"] = text.replace(_FOLDERS, "@package_folders@")
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    lines = [f"{checksum}  {name}\n" for name, checksum in checksums(released).items()]
    (released / SUMS).write_text("".join(lines))
    return version


def checksums(released: Path) -> dict[str, str]:
    """Return the checksums of all scripts by their paths, in order."""
    return {
        path.relative_to(released).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(released.glob("*/*"))
    }


if __name__ == "__main__":
    try:
        frozen = freeze(FOLDER.parent / "sql", FOLDER / "released", FOLDER / "update")
    except BuildError as error:
        sys.exit(f"release/freeze.py: {error}")
    print(f"frozen: {frozen}. Empty extension/update of what led to it, and raise the version.")
