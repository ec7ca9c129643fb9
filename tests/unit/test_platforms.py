"""What is known of servers and Pythons: where tests passed, what is near to it, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cerebro_db.cli.doctor import frameworks_of, platform_of
from cerebro_db.platforms import PYTHONS, SERVERS, TRIED, ServerVersion, Tried, server_of, standing

README = Path(__file__).parents[2] / "README.md"
SUPPORTED = [
    ServerVersion(target, major)
    for target, majors in SERVERS.items()
    for major in majors.split(", ")
]


@pytest.mark.parametrize(
    ("version", "server", "name"),
    [
        (
            "PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu",
            ServerVersion("postgresql", "15"),
            "PostgreSQL 15",
        ),
        ("PostgreSQL 19beta1 on x86_64", ServerVersion("postgresql", "19"), "PostgreSQL 19"),
        ("PostgreSQL 9.6.24 on x86_64", ServerVersion("postgresql", "9.6"), "PostgreSQL 9.6"),
        (
            "PostgreSQL 9.4.26 (Greenplum Database 6.24.0 build dev) on x86_64",
            ServerVersion("greenplum6", "9.4"),
            "Greenplum 6",
        ),
        (
            "PostgreSQL 12.12 (Greenplum Database 7.1.0 build commit:e7c2) on x86_64",
            ServerVersion("greenplum7", "12"),
            "Greenplum 7 or Cloudberry",
        ),
        (
            "PostgreSQL 14.4 (Apache Cloudberry 2.0.0-incubating build dev) on x86_64",
            ServerVersion("greenplum7", "14"),
            "Greenplum 7 or Cloudberry",
        ),
    ],
)
def test_a_server_is_known_by_what_it_says(version: str, server: ServerVersion, name: str) -> None:
    assert server_of(version) == server
    assert str(server) == name


def test_what_is_no_postgresql_is_not_supported() -> None:
    assert not server_of("CockroachDB CCL v24.1.0").supported


@pytest.mark.parametrize("tried", TRIED, ids=lambda tried: f"{tried.server}, {tried.python}")
def test_where_tests_passed_it_says_which(tried: Tried) -> None:
    found = standing(tried.server, tried.python)
    assert found.supported
    assert found.why == f"{tried.tests} passed on these, in {tried.system}"
    row = f"| {tried.server} | {tried.system}, Python {tried.python} | "
    (told,) = (line for line in README.read_text().splitlines() if line.startswith(row))
    assert tried.tests in told


@pytest.mark.parametrize("python", PYTHONS.split(", "))
@pytest.mark.parametrize("server", SUPPORTED, ids=str)
def test_what_is_supported_says_on_what_that_is_believed(
    server: ServerVersion, python: str
) -> None:
    found = standing(server, python)
    assert found.supported
    if any((tried.server, tried.python) == (server, python) for tried in TRIED):
        assert " passed on these, in " in found.why
    elif any(tried.server.target == server.target for tried in TRIED):
        assert found.why.startswith("not tried together; tests passed on ")
    else:
        assert found.why == f"by the documentation of {server}; nobody has run it there"


@pytest.mark.parametrize(
    ("server", "python", "why"),
    [
        (
            ServerVersion("postgresql", "14"),
            "3.11",
            "this version is for PostgreSQL 15, 16, 17, 18",
        ),
        (
            ServerVersion("postgresql", "19"),
            "3.13",
            "this version is for PostgreSQL 15, 16, 17, 18",
        ),
        (
            ServerVersion("postgresql", "15"),
            "3.9",
            "TensorFlow 2.21 is there for Python 3.11, 3.12, 3.13 only",
        ),
        (
            ServerVersion("postgresql", "18"),
            "3.14",
            "TensorFlow 2.21 is there for Python 3.11, 3.12, 3.13 only",
        ),
    ],
)
def test_what_is_not_supported_says_what_is(server: ServerVersion, python: str, why: str) -> None:
    found = standing(server, python)
    assert not found.supported
    assert found.why == why


def test_doctor_tells_the_whole_platform_and_what_to_do() -> None:
    found = platform_of(
        ServerVersion("postgresql", "18"),
        {"system": "Ubuntu on x86_64", "python": "3.14.3 in /usr", "packages": {}},
    )
    assert found.found == (
        "Ubuntu on x86_64, PostgreSQL 18, Python 3.14, no framework: "
        "TensorFlow 2.21 is there for Python 3.11, 3.12, 3.13 only"
    )
    assert "docs/platforms.md" in found.remedy
    found = platform_of(
        ServerVersion("postgresql", "15"),
        {
            "system": "Debian on x86_64",
            "python": "3.11.2 in /usr",
            "packages": {"tensorflow": "2.21.0", "jax": "0.10.2", "torch": "2.13.0+cpu"},
        },
    )
    assert found.found == (
        "Debian on x86_64, PostgreSQL 15, Python 3.11, TensorFlow 2.21.0, JAX 0.10.2, "
        "PyTorch 2.13.0+cpu: "
        "all tests passed on these, in Debian 12"
    )
    assert found.remedy == ""


_MISSING = 'not installed; make install FRAMEWORKS="tensorflow jax torch" would'


@pytest.mark.parametrize(
    ("packages", "found", "well"),
    [
        (
            {"tensorflow": "2.21.0", "jax": "0.10.2", "torch": "2.13.0+cpu"},
            ["2.21.0", "0.10.2", "2.13.0+cpu"],
            True,
        ),
        ({"jax": "0.10.2"}, [_MISSING, "0.10.2", _MISSING], True),
        ({"jax": "0.9.1"}, [_MISSING, "0.9.1", _MISSING], False),
        ({"torch": "2.12.0"}, [_MISSING, _MISSING, "2.12.0"], False),
        ({}, ["none, so nothing can train"], False),
    ],
)
def test_doctor_lists_the_frameworks(
    packages: dict[str, str], found: list[str], well: bool
) -> None:
    findings = list(frameworks_of({"packages": packages}))
    assert [finding.found for finding in findings] == found
    assert well == (not any(finding.remedy for finding in findings))
