"""Names the machine that a benchmark runs on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

_PACKAGES = ("tensorflow", "keras", "numpy", "psycopg", "ray", "optuna")


def describe(connection: psycopg.Connection, packages: Sequence[str] = ()) -> dict[str, str]:
    """Return what a reader needs to judge the figures, by subject.

    Args:
        packages: of which the version counts as well.
    """
    server = connection.execute("show server_version").fetchone()
    assert server is not None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load, _, _ = os.getloadavg()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GB",
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "PostgreSQL": server[0].split()[0],
        "Python": platform.python_version(),
        **{package: version(package) for package in (*_PACKAGES, *packages)},
        "load before": f"{load:.1f}",
    }


def sentence(named: dict[str, str]) -> str:
    """Return what ``describe`` found as a sentence; nothing of nothing."""
    if not named:
        return ""
    where = ("processor", "memory", "system")
    others = [name for name in named if name not in (*where, "date", "load before")]
    versions = ", ".join(f"{name} {named[name]}" for name in others)
    return (
        f"{', '.join(named[name] for name in where)}; {versions}; "
        f"{named['date']}, load before {named['load before']}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
