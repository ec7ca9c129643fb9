"""The resources that the server has of its machine, of which a search may use a part unless told
otherwise."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from cerebro_db.engines.cgroup import ControlGroups

# What a worker may take: the framework, its rows, and room for the model.
GB_PER_WORKER = 2.0
_ANONYMOUS = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)


def workers_that_fit() -> int:
    """Return how many workers this server has processors and memory for."""
    return min(processors(), workers_in_memory())


def workers_in_memory() -> int:
    """Return how many workers this server has memory for."""
    return max(1, int(memory_gb() / GB_PER_WORKER))


def processors() -> int:
    """Return how many processors this server may use; a part of one is one."""
    return math.ceil(min(len(os.sched_getaffinity(0)), ControlGroups().processors()))


def memory_gb() -> float:
    """Return how much memory this server may use, in gigabytes."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(machine, ControlGroups().memory()) / 2**30


def private_gb(pid: int) -> float:
    """Return how much memory a process of this machine has to itself, in GB; 0: it is gone."""
    try:
        found = _ANONYMOUS.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 2**20 if found else 0.0
