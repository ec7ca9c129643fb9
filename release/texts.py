"""Checks of the project's files: versions, changelog, released scripts, golden files, commits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from release.archives import copy_project
from release.freeze import SUMS, checksums
from release.project import Release

_CONTROL = re.compile(r"^default_version = '(.+)'$", re.MULTILINE)
# What a test writes where CEREBRO_TEST_DSN names a Greenplum.
_WRITTEN_ELSEWHERE = {"greenplum6/privileges.txt"}


def versions_agree(release: Release) -> Iterator[str]:
    """All that names the version names the same, of three numbers as PGXN wants them."""
    meta = json.loads(release.text("META.json"))
    named = {
        "extension/cerebro_db.control": _CONTROL.findall(
            release.text("extension/cerebro_db.control")
        )[0],
        "META.json": meta["version"],
        "META.json, provides": meta["provides"]["cerebro_db"]["version"],
        "CHANGELOG.md": release.headings[0].version,
    }
    if not re.fullmatch(r"\d+\.\d+\.\d+", release.version):
        yield f"cerebro_db/__init__.py has {release.version}, which is not three numbers"
    for place, version in named.items():
        if version != release.version:
            yield f"{place} has {version}, cerebro_db/__init__.py {release.version}"


def changelog_is_dated(release: Release) -> Iterator[str]:
    """Each version has the date of its release, and today is the last that there may be."""
    today = date.today().isoformat()
    for heading in release.headings:
        place = f"CHANGELOG.md:{heading.line}"
        if heading.date is None:
            wanted = f"## {heading.version} ({today})"
            yield f'{place}: "{heading.text}" has no date; on the day of the release: "{wanted}"'
        elif not _is_date(heading.date):
            yield f"{place}: {heading.date} is no date"
        elif heading.date > today:
            yield f"{place}: {heading.date} is yet to come"
    dated = [heading for heading in release.headings if heading.date is not None]
    for newer, older in pairwise(dated):
        if str(newer.date) < str(older.date):
            yield f"CHANGELOG.md:{newer.line}: {newer.version} is dated before {older.version}"


def released_scripts_are_frozen(release: Release) -> Iterator[str]:
    """Scripts of released versions are as they were, and each of these versions has some."""
    folder = release.root / "extension" / "released"
    recorded = _recorded((folder / SUMS).read_text())
    found = checksums(folder)
    for name in sorted({*recorded, *found}):
        if name not in found:
            yield f"extension/released/{name} is missing"
        elif name not in recorded:
            yield f"extension/released/{name} has no checksum in {SUMS}"
        elif found[name] != recorded[name]:
            yield f"extension/released/{name} is not what was released, by {SUMS}"
    frozen = {name.partition("/")[0] for name in found}
    listed = {heading.version for heading in release.headings} - {release.version}
    if release.version in frozen:
        yield f"{release.version} has been released: raise the version"
    for version in sorted(listed - frozen):
        yield f"extension/released has no {version}, which CHANGELOG.md has"
    for version in sorted(frozen - listed - {release.version}):
        yield f"CHANGELOG.md has no {version}, which extension/released has"


def golden_files_are_current(release: Release) -> Iterator[str]:
    """Written anew in a copy, they come out as they are here, and none is left over."""
    with TemporaryDirectory(prefix="cerebro-") as folder:
        copy = Path(folder) / "copy"
        copy_project(release.root, copy)
        golden = copy / "tests" / "golden"
        before = _files(golden)
        for path in before:
            os.utime(path, (0, 0))
        yield from _write_golden(copy)
        for path, content in _files(golden).items():
            name = path.relative_to(golden).as_posix()
            if content != before.get(path):
                yield f"tests/golden/{name} is not current: make golden, and look at it"
            elif path.stat().st_mtime == 0 and name not in _WRITTEN_ELSEWHERE:
                yield f"tests/golden/{name} is written by no test: remove it"


def all_is_committed(release: Release) -> Iterator[str]:
    """What is published can be found again in the repository."""
    done = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=release.root,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        yield f"a release is made in a clone of the repository: {done.stderr.strip()}"
    yield from (f"not committed: {line[3:]}" for line in done.stdout.splitlines())


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _recorded(sums: str) -> dict[str, str]:
    """Return the checksums of a file of sha256sum by their paths."""
    fields = [line.partition("  ") for line in sums.splitlines()]
    return {name: checksum for checksum, _, name in fields}


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _write_golden(root: Path) -> Iterator[str]:
    environment = {**os.environ, "CEREBRO_REWRITE_GOLDEN": "1"}
    for name in ("CEREBRO_TEST_DSN", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-k", "golden"],
        cwd=root,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        yield f"make golden fails: {done.stdout.strip().splitlines()[-1]}"
