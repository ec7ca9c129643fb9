"""A small project that is ready for its release, with all that the checks of a release look at."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from release.archives import Archives, make_archives
from release.freeze import SUMS, checksums
from release.project import Release

_FILES = {
    ".gitignore": "__pycache__/\n/dist/\n",
    "CHANGELOG.md": "# Changelog\n\n## 0.2.0 (2026-11-23)\n\n- more\n\n## 0.1.0 (2026-11-22)\n",
    "LICENSE": "free\n",
    "MANIFEST.in": "graft cerebro_db\ngraft extension\ngraft tests\ninclude .gitignore *\n",
    "META.json": json.dumps(
        {
            "name": "cerebro_db",
            "abstract": "networks",
            "version": "0.2.0",
            "maintainer": "us",
            "license": "apache_2_0",
            "provides": {
                "cerebro_db": {"version": "0.2.0", "file": "CHANGELOG.md", "docfile": "LICENSE"}
            },
            "meta-spec": {"version": "1.0.0"},
        }
    ),
    "cerebro_db/__init__.py": '__version__ = "0.2.0"\n',
    "cerebro_db/some.sql": "select 1;\n",
    "extension/cerebro_db.control": "default_version = '0.2.0'\n",
    "extension/released/0.1.0/postgresql.sql": "select 1;\n",
    "pyproject.toml": """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "cerebro_db"
version = "0.2.0"
license-files = ["LICENSE"]

[project.scripts]
cerebro-db = "cerebro_db:main"

[tool.setuptools]
packages = ["cerebro_db"]

[tool.setuptools.package-data]
"*" = ["*.sql"]
""",
    # Stands for the tests that compare golden files, or write them.
    "tests/test_it.py": """
import os
from pathlib import Path

def test_is_golden():
    file = Path(__file__).with_name("golden") / "text.txt"
    if "CEREBRO_REWRITE_GOLDEN" in os.environ:
        file.write_text("text")
    assert file.read_text() == "text"
""",
    "tests/golden/text.txt": "text",
    "tests/golden/greenplum6/privileges.txt": "only where a Greenplum is",
}


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that is ready; not to be changed."""
    root = tmp_path_factory.mktemp("project")
    _write(root)
    return root


@pytest.fixture(scope="session")
def small_archives(small_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """The archives of the project."""
    return make_archives(small_project, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def release(small_project: Path, small_archives: Archives, tmp_path: Path) -> Release:
    """A copy of the project, with the archives of it."""
    return Release(shutil.copytree(small_project, tmp_path / "copy"), small_archives)


@pytest.fixture
def committed(release: Release) -> Release:
    """The copy of the project, in a repository."""
    _git(release.root, "init", "--quiet")
    _git(release.root, "add", "--all")
    _git(release.root, "commit", "--quiet", "--message=all")
    return release


def _write(root: Path) -> None:
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    released = root / "extension" / "released"
    lines = [f"{checksum}  {name}\n" for name, checksum in checksums(released).items()]
    (released / SUMS).write_text("".join(lines))


def _git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True)


def replace(release: Release, file: str, old: str, new: str) -> None:
    """Change a file of the project."""
    text = release.text(file)
    assert old in text
    (release.root / file).write_text(text.replace(old, new))
