"""Make what is published: source archive, wheel, and the archive for PGXN.

usage: python -m release.archives FOLDER

The source archive is made of all files of this folder that git does not ignore, the wheel of the
source archive, as pip would. PGXN's archive holds the same files; `pgxn install` runs `make all`
and `make install` in it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

ROOT = Path(__file__).parents[1]
BUILD = (
    "import setuptools.build_meta as b, sys; print(getattr(b, 'build_' + sys.argv[1])(sys.argv[2]))"
)


@dataclass(frozen=True)
class Archives:
    """Paths of what is published of one version."""

    source: Path
    wheel: Path
    pgxn: Path


def make_archives(root: Path, output: Path) -> Archives:
    """Make all archives of a project's folder, in a folder that may be there.

    Raises:
        RuntimeError: setuptools refuses, for the reason given.
    """
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="cerebro-") as folder:
        copy = Path(folder) / "copy"
        copy_project(root, copy)
        source = _built("sdist", copy, output)
        name = source.name.removesuffix(".tar.gz")
        subprocess.run(
            ["tar", "--extract", f"--file={source}", f"--directory={folder}"], check=True
        )
        wheel = make_wheel(Path(folder) / name, output)
    pgxn = output / f"{name}.zip"
    with ZipFile(pgxn, "w", ZIP_DEFLATED) as archive:
        for file in project_files(root):
            archive.write(root / file, f"{name}/{file}")
    return Archives(source, wheel, pgxn)


def make_wheel(project: Path, output: Path) -> Path:
    """Make a wheel of a folder, in which setuptools leaves files of its own."""
    return _built("wheel", project, output)


def copy_project(root: Path, copy: Path) -> None:
    """Copy the files of a project into a new folder."""
    for file in project_files(root):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / file, copy / file)


def project_files(root: Path) -> list[str]:
    """Return the paths of all files that git does not ignore, in order; git need not be there."""
    patterns = [*_ignored(root / ".gitignore"), ".git"]
    return sorted(_files(root, "", patterns))


def _ignored(file: Path) -> Iterator[str]:
    """Return the patterns of a .gitignore, of which each is a name or, after a slash, a path."""
    for line in file.read_text().splitlines():
        pattern = line.rstrip("/")
        if not re.fullmatch(r"/?[^/!#]+", pattern) or "**" in pattern:
            raise ValueError(f"{file} has a pattern that is not understood: {line}")
        yield pattern


def _files(root: Path, folder: str, patterns: list[str]) -> Iterator[str]:
    for path in (root / folder).iterdir():
        inside = path.relative_to(root).as_posix()
        names = (path.name, f"/{inside}")
        if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
            continue
        if path.is_dir():
            yield from _files(root, inside, patterns)
        else:
            yield inside


def _built(kind: str, project: Path, output: Path) -> Path:
    """Have setuptools build in a process of its own: it works on the current folder."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, kind, output.resolve()],
        cwd=project,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"setuptools makes no {kind} of {project}:\n{done.stdout}")
    return output / done.stdout.splitlines()[-1]


if __name__ == "__main__":
    made = make_archives(ROOT, Path(sys.argv[1]))
    print(made.source, made.wheel, made.pgxn, sep="\n")
