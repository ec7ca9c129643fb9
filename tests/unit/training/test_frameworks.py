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
    # One network has layers that JAX does not train.
    assert reference.keys() - found["jax"].keys() == {"convolutions"}
    assert reference.keys() == found["torch"].keys()
    for metrics in found.values():
        for name, own in metrics.items():
            assert own == pytest.approx(reference[name], rel=1e-3, abs=1e-3, nan_ok=True), name


def test_threads_of_pytorch_handle_no_signals(tmp_path: Path) -> None:
    conforms("torch", tmp_path, 2, "-k", "test_threads")


def conforms(framework: str, folder: Path, threads: int = 1, *options: str) -> None:
    """Run the conformance suite with a framework, which writes to a folder what it comes to."""
    environment = {
        **os.environ,
        "CEREBRO_TEST_FRAMEWORK": framework,
        "CEREBRO_TEST_FOUND": str(folder),
        "CEREBRO_TEST_THREADS": str(threads),
    }
    environment.pop("KERAS_BACKEND", None)
    suite = [str(_ROOT / "tests/frameworks" / name) for name in ("conformance.py", "layers.py")]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *suite]
    command += options
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
