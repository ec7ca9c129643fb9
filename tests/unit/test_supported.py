"""Servers and Pythons that installing refuses, in one line that says what is supported."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from cerebro_db.platforms import JAX, PYTHONS, SERVERS, TENSORFLOW, TORCH

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
TARGETS = {target: versions.split(", ") for target, versions in SERVERS.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def supported(*call: str) -> subprocess.CompletedProcess[str]:
    """Call a function of scripts/supported.sh."""
    script = f'source {SCRIPTS}/common.sh; source {SCRIPTS}/supported.sh; "$@"'
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script, "bash", *call],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ("PostgreSQL 15.20 (Debian 15.20-0+deb12u1)", "15"),
        ("PostgreSQL 17.12", "17"),
        ("PostgreSQL 18beta1", "18"),
        ("PostgreSQL 19devel", "19"),
        ("PostgreSQL 9.4.26", "9.4"),
        ("PostgreSQL 9.6.24", "9.6"),
    ],
)
def test_the_major_version_of_a_server(said: str, major: str) -> None:
    assert supported("major_of", said).stdout == f"{major}\n"


def test_the_servers_of_each_target_are_accepted() -> None:
    for target, versions in TARGETS.items():
        for version in versions:
            done = supported("require_server", target, version)
            assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("target", "version"),
    [
        ("postgresql", "9.6"),
        ("postgresql", "13"),
        ("postgresql", "14"),
        ("postgresql", "1"),
        ("postgresql", "19"),
        ("greenplum6", "9.5"),
        ("greenplum7", "13"),
    ],
)
def test_other_servers_are_refused(target: str, version: str) -> None:
    done = supported("require_server", target, version)
    assert done.returncode == 1
    assert done.stderr == (
        f"cerebro_db: PostgreSQL {version} is not supported;"
        f" this version is for PostgreSQL {', '.join(TARGETS[target])}\n"
    )


def test_each_target_is_for_some_servers() -> None:
    assert set(TARGETS) == {path.stem for path in (ROOT / "extension" / "targets").glob("*.toml")}


def test_the_projects_requirements_are_those_of_the_list() -> None:
    versions = PYTHONS.split(", ")
    assert PROJECT["requires-python"] == f">={versions[0]}"
    told = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if ":: 3." in line]
    assert told == versions
    for framework, version in (
        ("tensorflow", TENSORFLOW),
        ("jax", JAX),
        ("torch", TORCH),
    ):
        (required,) = PROJECT["optional-dependencies"][framework]
        assert required.startswith(f"{framework}>={version},")


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_pythons_with_a_tensorflow_are_accepted(version: str) -> None:
    done = supported("require_python", version)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("version", ["3.1", "3.9", "3.10", "3.14"])
def test_other_pythons_are_refused(version: str) -> None:
    done = supported("require_python", version)
    assert done.returncode == 1
    assert done.stderr == (
        f"cerebro_db: the server's PL/Python embeds Python {version};"
        " TensorFlow is there for Python 3.11, 3.12, 3.13 only\n"
    )


def test_pgxn_is_told_of_the_oldest_server() -> None:
    meta = json.loads((ROOT / "META.json").read_text())
    oldest = TARGETS["postgresql"][0]
    assert meta["prereqs"]["runtime"]["requires"]["PostgreSQL"] == f"{oldest}.0.0"
