"""The resources of the server's machine, of which a search may use a part unless told otherwise."""

from __future__ import annotations

import os

# What a worker may take: the framework, its rows, and room for the model.
_GB_PER_WORKER = 2.0


def workers_that_fit() -> int:
    """Return how many workers this machine has processors and memory for."""
    return min(processors(), workers_in_memory())


def workers_in_memory() -> int:
    """Return how many workers this machine has memory for."""
    return max(1, int(memory_gb() / _GB_PER_WORKER))


def processors() -> int:
    """Return how many processors this server may use."""
    return len(os.sched_getaffinity(0))


def memory_gb() -> float:
    """Return the machine's memory in gigabytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
