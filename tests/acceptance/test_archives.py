"""What is published, made of this very folder: what is in it, and that it installs by itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from fix_server import Connection

from cerebro_db.testing.data import load_tumours_into
from release import texts
from release.archives import ROOT, Archives, make_archives
from release.check import CHECKS
from release.project import Release

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# All that may be there where no server is: what pyproject.toml asks for, and what that asks for.
CLIENT = [
    "click",
    "markdown-it-py",
    "mdurl",
    "psycopg",
    "psycopg-binary",
    "Pygments",
    "rich",
    "typing_extensions",
]
LATER = {texts.changelog_is_dated, texts.all_is_committed, texts.golden_files_are_current}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="installing needs root")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """All archives of the project as it is here."""
    return make_archives(ROOT, tmp_path_factory.mktemp("dist"))


def test_nothing_but_what_is_left_for_its_day_keeps_from_a_release(archives: Archives) -> None:
    """Golden files are compared by tests of their own."""
    release = Release(ROOT, archives)
    checks = [check for check in CHECKS if check not in LATER]
    assert [problem for check in checks for problem in check(release)] == []


def new_environment(folder: Path, packages: list[str]) -> Path:
    """Make a virtual environment with copies of packages of this one, and no pip of its own.

    Returns:
        The folder that packages are in.
    """
    python = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    (purelib,) = folder.glob("lib/python*/site-packages")
    for name in packages:
        for file in distribution(name).files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (purelib / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file.locate(), purelib / file)
    return purelib


def pip(*arguments: str | Path) -> None:
    """Run pip, which has to succeed with no network."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def client(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel and what it asks for, and no more."""
    folder = tmp_path_factory.mktemp("client")
    new_environment(folder, CLIENT)
    pip("--python", folder, "install", archives.wheel)
    pip("--python", folder, "check")
    return folder / "bin"


def run(programs: Path, *arguments: str) -> str:
    """Run the command line, which has to succeed."""
    done = subprocess.run(
        [programs / "cerebro-db", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_alone_searches_watches_and_predicts(
    client: Path, dsn: str, connection: Connection
) -> None:
    load_tumours_into(connection)
    assert "leaderboard" in run(client, "--help")
    board = run(
        client, "fit", "wheel", "tumours", "diagnosis", "--epochs", "1", "--workers", "1",
        "--model", '{"family": "linear"}', "--space", '{"learning_rate": [0.01]}', "--dsn", dsn,
    )  # fmt: skip
    assert "leaderboard of wheel" in board
    assert "learning_rate=0.01" in run(client, "leaderboard", "wheel", "--dsn", dsn)
    assert "wheel: finished" in run(client, "watch", "wheel", "--dsn", dsn)
    predicted = run(client, "predict", "wheel", "tumours", "id", "wheel_out", "--dsn", dsn)
    assert predicted == "569 rows predicted into wheel_out\n"
    assert "connection: works" in run(client, "doctor", "--dsn", dsn)
    assert "lower bound" in run(client, "simulate", "--shape", "4x2", "--seeds", "1")


@pytest.mark.parametrize("module", ["keras", "numpy", "sqlglot", "tensorflow"])
def test_who_only_connects_has_nothing_of_the_server(client: Path, module: str) -> None:
    done = subprocess.run(
        [client / "python", "-c", f"import {module}"], capture_output=True, text=True
    )
    assert f"No module named '{module}'" in done.stderr


def test_extras_ask_for_what_the_project_says(client: Path) -> None:
    (folder,) = client.parent.glob("lib/python*/site-packages/cerebro_db-*.dist-info")
    installed = PathDistribution(folder)
    asked: dict[str, set[str]] = {}
    for line in installed.requires or ():
        requirement, _, marker = line.partition("; ")
        extra = re.fullmatch('extra == "(.+)"', marker)
        asked.setdefault(extra[1] if extra else "", set()).add(sorted_bounds(requirement))
    groups = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    assert asked == {extra: {*map(sorted_bounds, lines)} for extra, lines in groups.items()}
    assert any(line.startswith("tensorflow") for line in asked["tensorflow"])
    assert any(line.startswith("jax") for line in asked["jax"])
    assert any(line.startswith("torch") for line in asked["torch"])
    assert licence(installed) == "Apache-2.0"


def sorted_bounds(requirement: str) -> str:
    """Return a requirement with its versions in an order that does not depend on who wrote it."""
    name, versions = re.fullmatch(r"([\w.\[\]-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
    return name + ",".join(sorted(versions.split(",")))


def licence(installed: Distribution) -> str:
    """Return the licence that an installed package states, whose text it has with it."""
    text = installed.read_text("licenses/LICENSE")
    assert text == (ROOT / "LICENSE").read_text()
    return installed.metadata["License-Expression"]


def test_the_source_archive_installs_as_the_wheel(archives: Archives, tmp_path: Path) -> None:
    for archive in (archives.source, archives.wheel):
        options = ("--no-deps", "--no-build-isolation", "--no-compile")
        pip("install", *options, "--target", tmp_path / archive.suffix, archive)
    assert contents(tmp_path / ".gz" / "cerebro_db") == contents(tmp_path / ".whl" / "cerebro_db")
    assert (tmp_path / ".gz" / "bin" / "cerebro-db").exists()


def unpacked_source(archives: Archives, folder: Path) -> None:
    subprocess.run(["tar", "--extract", f"--file={archives.source}", f"--directory={folder}"])


def unpacked_for_pgxn(archives: Archives, folder: Path) -> None:
    """Unpack as `pgxn install` does: it knows a program by its first two bytes."""
    with ZipFile(archives.pgxn) as archive:
        archive.extractall(folder)
    for path in folder.rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"#!"):
            path.chmod(0o700)


@pytest.fixture(scope="module")
def elsewhere(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a PREFIX, and a PG_CONFIG by which extensions go to ``share``.

    What pip would download, it finds in this environment. The server is that of the tests.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    packages = new_environment(folder / "prefix" / "venv", ["pip"])
    (packages / "this.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "prefix" / "venv" / "bin" / "pip").symlink_to("python")
    row = connection.execute("select setting from pg_config where name = 'BINDIR'").fetchone()
    assert row is not None
    pg_config = folder / "pg_config"
    pg_config.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = --sharedir ] && echo {folder}/share && exit\n'
        f'exec {row[0]}/pg_config "$@"\n'
    )
    pg_config.chmod(0o755)
    return folder


@needs_root
@pytest.mark.parametrize("unpack", [unpacked_source, unpacked_for_pgxn])
def test_make_install_works_in_an_unpacked_archive(
    archives: Archives, tmp_path: Path, elsewhere: Path, unpack: Callable[[Archives, Path], None]
) -> None:
    unpack(archives, tmp_path)
    (project,) = tmp_path.iterdir()
    pg_config, prefix = elsewhere / "pg_config", elsewhere / "prefix"
    extension = elsewhere / "share" / "extension"
    # What the other archive has installed.
    (prefix / "venv" / ".sources").unlink(missing_ok=True)
    shutil.rmtree(extension, ignore_errors=True)
    extension.mkdir(parents=True)
    done = subprocess.run(
        ["make", f"PG_CONFIG={pg_config}", f"PREFIX={prefix}", "all", "install"],
        cwd=project,
        capture_output=True,
        text=True,
        env=os.environ | {"PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr

    (packages,) = prefix.glob("venv/lib/python*/site-packages")
    folders = re.sub(r"/python3\.\d+/", "/python*/", str(packages))
    assert contents(packages / "cerebro_db") == contents(ROOT / "cerebro_db")
    version = json.loads((project / "META.json").read_text())["version"]
    script = (extension / f"cerebro_db--{version}.sql").read_text()
    assert f'packages = "{folders}"' in script


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
