"""The resources that the server has of its machine, of which a search may use a part unless told
otherwise."""

from __future__ import annotations

import math
import os

from cerebro_db.engines.cgroup import ControlGroups

# What a worker may take: the framework, its rows, and room for the model.
_GB_PER_WORKER = 2.0


def workers_that_fit() -> int:
    """Return how many workers this server has processors and memory for."""
    return min(processors(), workers_in_memory())


def workers_in_memory() -> int:
    """Return how many workers this server has memory for."""
    return max(1, int(memory_gb() / _GB_PER_WORKER))


def processors() -> int:
    """Return how many processors this server may use; a part of one is one."""
    return math.ceil(min(len(os.sched_getaffinity(0)), ControlGroups().processors()))


def memory_gb() -> float:
    """Return how much memory this server may use, in gigabytes."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(machine, ControlGroups().memory()) / 2**30
