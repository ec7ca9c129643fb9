"""What is kept of a version once it is released: what was installed, for each kind of server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import cerebro_db
from extension.build import FOLDER, TARGETS, BuildError, build
from release.freeze import SUMS, checksums, freeze

SQL, UPDATE, RELEASED = FOLDER.parent / "sql", FOLDER / "update", FOLDER / "released"
VERSION = cerebro_db.__version__
BEFORE = max(
    (folder.name for folder in RELEASED.iterdir() if folder.is_dir()),
    key=lambda name: [int(number) for number in name.split(".")],
)


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the released scripts, with the version in work among them."""
    copy = shutil.copytree(RELEASED, tmp_path / "released")
    assert freeze(SQL, copy, UPDATE) == VERSION
    return copy


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_kept_is_what_was_installed(released: Path, target: str) -> None:
    installed = build(SQL, RELEASED, UPDATE, target, "/x/python3.11/packages")
    kept = {
        f"cerebro_db--{VERSION}.sql": f"{target}.sql",
        f"cerebro_db--{BEFORE}--{VERSION}.sql": f"{target}.from-{BEFORE}.sql",
    }
    for name, file in kept.items():
        text = (released / VERSION / file).read_text()
        assert text.replace("@package_folders@", "/x/python*/packages") == installed[name]


def test_checksums_are_kept(released: Path) -> None:
    lines = (released / SUMS).read_text().splitlines()
    assert dict(line.split("  ")[::-1] for line in lines) == checksums(released)
    before = (RELEASED / SUMS).read_text().splitlines()
    assert set(before) < set(lines)
    assert f"{VERSION}/postgresql.sql" in checksums(released)


def test_a_version_is_frozen_once(released: Path) -> None:
    with pytest.raises(BuildError, match=f"{VERSION} has been frozen"):
        freeze(SQL, released, UPDATE)
