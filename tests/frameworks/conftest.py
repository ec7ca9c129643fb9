"""The framework of this process, imported before anything that needs one: ``test_frameworks.py``
says which."""

import os
import sys
from pathlib import Path

import pytest

from cerebro_db import training

# Small datasets and helpers that train on them.
sys.path.append(str(Path(__file__).parents[1] / "unit/training"))

_BEFORE = {task.name for task in Path("/proc/self/task").iterdir()}
training.configure(
    int(os.environ.get("CEREBRO_TEST_THREADS", "1")), os.environ["CEREBRO_TEST_FRAMEWORK"]
)
training.warm_up()


@pytest.fixture
def threads_before() -> set[str]:
    """The threads that there were before the framework."""
    return _BEFORE
