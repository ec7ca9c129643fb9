"""Every framework does what ``tests/frameworks/conformance.py`` asks, each in a process of its own,
and all come to the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from cerebro_db.model.frameworks import Framework

_ROOT = Path(__file__).parents[3]


def test_frameworks_conform_and_agree(tmp_path: Path) -> None:
    found = {}
    for framework in get_args(Framework):
        folder = tmp_path / framework
        folder.mkdir()
        conforms(framework, folder)
        found[framework] = {path.name: json.loads(path.read_text()) for path in folder.iterdir()}
    reference = found.pop("tensorflow")
    assert len(reference) > 20
    for metrics in found.values():
        assert metrics.keys() == reference.keys()
        for name, own in metrics.items():
            assert own == pytest.approx(reference[name], rel=1e-3, abs=1e-3, nan_ok=True), name


def conforms(framework: str, folder: Path) -> None:
    """Run the conformance suite with a framework, which writes to a folder what it comes to."""
    environment = {
        **os.environ,
        "CEREBRO_TEST_FRAMEWORK": framework,
        "CEREBRO_TEST_FOUND": str(folder),
    }
    environment.pop("KERAS_BACKEND", None)
    suite = _ROOT / "tests/frameworks/conformance.py"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(suite)]
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
