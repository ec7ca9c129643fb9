"""The checks of a release that look into archives, and what they name there."""

from __future__ import annotations

import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
from fix_release import replace

from release import contents
from release.archives import Archives
from release.project import Release


def test_what_the_wheel_lacks_is_named(release: Release) -> None:
    (release.root / "cerebro_db" / "table.csv").touch()
    assert list(contents.wheel_has_the_package(release)) == [
        "the wheel has no cerebro_db/table.csv"
    ]


def test_what_the_wheel_has_besides_is_named(release: Release, tmp_path: Path) -> None:
    wheel = changed(release.archives.wheel, tmp_path, {"tests/test_it.py": b""})
    other = Release(release.root, Archives(release.archives.source, wheel, release.archives.pgxn))
    assert list(contents.wheel_has_the_package(other)) == [
        "the wheel has tests/test_it.py, and should not"
    ]


def test_what_the_source_archive_lacks_is_named(release: Release) -> None:
    (release.root / "sql").mkdir()
    (release.root / "sql" / "new.sql").touch()
    assert list(contents.source_archive_has_all(release)) == [
        "the source archive has no cerebro_db-0.2.0/sql/new.sql"
    ]


def test_what_the_source_archive_has_besides_is_named(release: Release, tmp_path: Path) -> None:
    source = tmp_path / "source.tar.gz"
    with tarfile.open(release.archives.source) as old, tarfile.open(source, "w:gz") as new:
        for member in old:
            new.addfile(member, old.extractfile(member))
        new.addfile(tarfile.TarInfo("cerebro_db-0.2.0/dist/old.whl"))
    other = Release(release.root, Archives(source, release.archives.wheel, release.archives.pgxn))
    assert list(contents.source_archive_has_all(other)) == [
        "the source archive has cerebro_db-0.2.0/dist/old.whl, and should not"
    ]


def test_a_wheel_of_other_files_is_named(release: Release) -> None:
    replace(release, "cerebro_db/some.sql", "1", "2")
    assert list(contents.source_archive_makes_the_wheel(release)) == [
        "the source archive's wheel has another cerebro_db/some.sql than the project's"
    ]


def test_what_the_archive_for_pgxn_lacks_is_named(release: Release) -> None:
    (release.root / "new.txt").touch()
    assert list(contents.pgxn_archive_is_accepted(release)) == [
        "PGXN's archive has no cerebro_db-0.2.0/new.txt"
    ]


@pytest.mark.parametrize("key", ["name", "abstract", "version", "maintainer", "license"])
def test_what_the_description_for_pgxn_lacks_is_named(release: Release, key: str) -> None:
    replace(release, "META.json", f'"{key}":', f'"x_{key}":')
    assert f"META.json has no {key}" in list(contents.pgxn_archive_is_accepted(release))


def test_files_that_the_description_for_pgxn_names_are_there(release: Release) -> None:
    replace(release, "META.json", '"docfile": "LICENSE"', '"docfile": "README.md"')
    assert list(contents.pgxn_archive_is_accepted(release)) == [
        "META.json names as docfile what is not there: README.md"
    ]


def changed(archive: Path, folder: Path, more: dict[str, bytes]) -> Path:
    """Copy a zip archive, with more files in it."""
    copy = folder / archive.name
    copy.write_bytes(archive.read_bytes())
    with ZipFile(copy, "a") as opened:
        for name, content in more.items():
            opened.writestr(name, content)
    return copy
