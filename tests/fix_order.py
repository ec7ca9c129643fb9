"""The order in which files of tests are begun, so that no process waits for another at the end.

Each process takes a file at a time. Those that take longest are few tests, and come first; those
that need no server take seconds, and come last.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# By the seconds that they take; what --durations prints tells which have to be here.
LONGEST = [
    "tests/integration/test_faults.py",
    "tests/integration/test_storage.py",
    "cerebro_db/testing/test_cancelling.py",
    "tests/integration/test_queue.py",
    "tests/integration/test_shortage.py",
    "tests/integration/test_left_workers.py",
    "tests/integration/test_bounds.py",
    "tests/integration/test_engine_recovery.py",
    "tests/integration/test_dump.py",
    "tests/integration/test_standby.py",
    "tests/acceptance/test_worker.py",
    "tests/integration/test_strangers.py",
    "cerebro_db/testing/test_recovery.py",
    "cerebro_db/testing/test_control.py",
    "cerebro_db/testing/test_learning.py",
    "tests/acceptance/test_cron.py",
    "tests/unit/training/test_frameworks.py",
    "tests/integration/test_large_searches.py",
    "tests/integration/test_shadows.py",
    "tests/integration/test_memory.py",
    "cerebro_db/testing/test_sessions.py",
    "cerebro_db/testing/test_equivalence.py",
    "tests/integration/test_upgrade_second.py",
    "tests/integration/test_connections.py",
]
_SERVERLESS = "tests/unit/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and those last that need no server."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    if file in LONGEST:
        return LONGEST.index(file)
    return len(LONGEST) + file.startswith(_SERVERLESS)
