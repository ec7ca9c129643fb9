"""The framework inside a server's process."""

from __future__ import annotations

import signal
from pathlib import Path

from cerebro_db import training


def test_no_thread_of_the_framework_handles_signals() -> None:
    """A handler's frame on the stack of oneDNN's kernels would overwrite what others own."""
    training.warm_up()
    ours = {"SIGVTALRM", "SIGALRM", "SIGUSR1", "SIGINT", "SIGTERM"}
    masks = {
        task: _blocked(task / "status")
        for task in Path("/proc/self/task").iterdir()
        if (task / "comm").read_text().startswith("tf_")
    }
    assert masks
    for mask in masks.values():
        assert ours <= mask
    assert not ours & _blocked(Path("/proc/self/status"))


def _blocked(status: Path) -> set[str]:
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigBlk:"))
    bits = int(line.split()[1], 16)
    return {number.name for number in signal.Signals if bits >> (number - 1) & 1}
