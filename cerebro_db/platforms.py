"""Which servers and which Pythons this version is for, and where tests passed.

Told here and nowhere else. Installing, CREATE EXTENSION and ``cerebro-db doctor`` refuse what is
not in these lists. ``scripts/supported.sh`` reads them where there may be no Python yet, line by
line: so each value has to stay on one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# By target of extension/targets: versions of PostgreSQL, of which the others are made.
SERVERS = {
    "postgresql": "15, 16, 17, 18",
    "greenplum6": "9.4",
    "greenplum7": "12, 14",
}
# There are wheels of this TensorFlow for these.
PYTHONS = "3.11, 3.12, 3.13"
TENSORFLOW = "2.21"
JAX = "0.10"
TORCH = "2.13"

_NAMES = {
    "postgresql": "PostgreSQL {}",
    "greenplum6": "Greenplum 6",
    "greenplum7": "Greenplum 7 or Cloudberry",
}


@dataclass(frozen=True)
class ServerVersion:
    """A server by its target, and by the major version of PostgreSQL that it is or is made of."""

    target: str
    major: str

    @property
    def supported(self) -> bool:
        """Whether this version of cerebro_db is for it."""
        return self.major in SERVERS[self.target].split(", ")

    def __str__(self) -> str:
        return _NAMES[self.target].format(self.major)


@dataclass(frozen=True)
class Tried:
    """What tests passed on.

    Args:
        python: the version that the server's PL/Python embeds: "3.11".
        system: where both came from.
        tests: which of them passed.
    """

    server: ServerVersion
    python: str
    system: str
    tests: str


TRIED = (
    Tried(ServerVersion("postgresql", "15"), "3.11", "Debian 12", "all tests"),
    Tried(ServerVersion("postgresql", "16"), "3.12", "Ubuntu 24.04", "the conformance suite"),
    Tried(ServerVersion("postgresql", "17"), "3.13", "Debian 13", "all tests"),
    Tried(ServerVersion("postgresql", "18"), "3.11", "Debian 12", "the conformance suite"),
    Tried(ServerVersion("greenplum6", "9.4"), "3.11", "Debian 12", "the conformance suite"),
)


@dataclass(frozen=True)
class Standing:
    """What is known of a server with its Python.

    Args:
        supported: whether cerebro_db may be expected to work.
        why: which tests passed, or what is wrong.
    """

    supported: bool
    why: str


def server_of(version: str) -> ServerVersion:
    """Return which server says this of itself in version()."""
    # Before 10, it took two numbers to tell versions apart.
    found = re.search(r"PostgreSQL (9\.\d+|\d+)", version)
    major = found[1] if found else "unknown"
    if not re.search("Greenplum|Cloudberry", version):
        return ServerVersion("postgresql", major)
    return ServerVersion("greenplum6" if major == "9.4" else "greenplum7", major)


def standing(server: ServerVersion, python: str) -> Standing:
    """Return what is known of a server with a version of Python: "3.11"."""
    if not server.supported:
        return Standing(False, f"this version is for PostgreSQL {SERVERS[server.target]}")
    if python not in PYTHONS.split(", "):
        return Standing(False, f"TensorFlow {TENSORFLOW} is there for Python {PYTHONS} only")
    alike = [tried for tried in TRIED if tried.server.target == server.target]
    for tried in alike:
        if (tried.server, tried.python) == (server, python):
            return Standing(True, f"{tried.tests} passed on these, in {tried.system}")
    if not alike:
        return Standing(True, f"by the documentation of {server}; nobody has run it there")
    near = ", ".join(f"{tried.server} with Python {tried.python}" for tried in alike)
    return Standing(True, f"not tried together; tests passed on {near}")
