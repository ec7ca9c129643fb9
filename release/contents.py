"""Checks of what is published: each archive holds what it should, and nothing else."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from release.archives import copy_project, make_wheel, project_files
from release.project import Release

# What a wheel has beside the package, in its own folder.
_ABOUT_ITSELF = (
    "METADATA",
    "RECORD",
    "WHEEL",
    "entry_points.txt",
    "licenses/LICENSE",
    "top_level.txt",
)
# What setuptools adds to a source archive.
_ADDED = re.compile(r"[^/]+/(PKG-INFO|setup\.cfg|cerebro_db\.egg-info/[^/]+)")
# By PGXN Meta Spec 1.0.0.
_REQUIRED = ("name", "abstract", "version", "maintainer", "license", "provides", "meta-spec")


def wheel_has_the_package(release: Release) -> Iterator[str]:
    """The wheel has each file of the package."""
    package = {file for file in project_files(release.root) if file.startswith("cerebro_db/")}
    own = {f"cerebro_db-{release.version}.dist-info/{name}" for name in _ABOUT_ITSELF}
    yield from _differences("the wheel", package | own, set(_unzipped(release.archives.wheel)))


def source_archive_has_all(release: Release) -> Iterator[str]:
    """The source archive has each file of the project."""
    with tarfile.open(release.archives.source) as archive:
        names = {member.name for member in archive if member.isfile()}
    found = {name for name in names if not _ADDED.fullmatch(name)}
    yield from _differences("the source archive", _in_folder(release), found)


def source_archive_makes_the_wheel(release: Release) -> Iterator[str]:
    """The wheel, which was made of the source archive, is that of the project's folder."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        copy = Path(folder) / "copy"
        copy_project(release.root, copy)
        expected = _unzipped(make_wheel(copy, Path(folder)))
    found = _unzipped(release.archives.wheel)
    yield from _differences("the source archive's wheel", set(expected), set(found))
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name] and not name.endswith("/RECORD"):
            yield f"the source archive's wheel has another {name} than the project's"


def pgxn_archive_is_accepted(release: Release) -> Iterator[str]:
    """PGXN's archive has one folder, and META.json says of it what has to be said."""
    yield from _differences(
        "PGXN's archive", _in_folder(release), set(_unzipped(release.archives.pgxn))
    )
    meta = json.loads(release.text("META.json"))
    yield from (f"META.json has no {key}" for key in _REQUIRED if not meta.get(key))
    for extension in meta.get("provides", {}).values():
        for key in ("file", "docfile"):
            if not (release.root / extension[key]).is_file():
                yield f"META.json names as {key} what is not there: {extension[key]}"


def _in_folder(release: Release) -> set[str]:
    folder = f"cerebro_db-{release.version}"
    return {f"{folder}/{file}" for file in project_files(release.root)}


def _unzipped(archive: Path) -> dict[str, bytes]:
    with ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _differences(what: str, expected: set[str], found: set[str]) -> Iterator[str]:
    yield from (f"{what} has no {name}" for name in sorted(expected - found))
    yield from (f"{what} has {name}, and should not" for name in sorted(found - expected))
