"""Processor seconds of a server's processes, those that have ended included."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """Who started it, and its seconds, with those of the children that it has seen end."""

    parent: int
    seconds: float


def server_seconds(conninfo: str) -> float:
    """Return what the processes of a server on this machine have used since it was started."""
    with psycopg.connect(conninfo) as connection:
        running = processes()
        return tree_seconds(running, running[connection.info.backend_pid].parent)


def tree_seconds(running: dict[int, Process], root: int) -> float:
    """Return the seconds of a process and of all that descend from it."""
    children = defaultdict(list)
    for pid, process in running.items():
        children[process.parent].append(pid)
    waiting, seconds = [root], 0.0
    while waiting:
        pid = waiting.pop()
        seconds += running[pid].seconds
        waiting += children[pid]
    return seconds


def processes() -> dict[int, Process]:
    """Return all processes of this machine."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[int(folder.name)] = parsed(line)
    return found


def parsed(line: str) -> Process:
    """Return what /proc/PID/stat says; the name before it may have any characters in it."""
    fields = line.rpartition(")")[2].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return Process(int(fields[1]), (user + system + children_user + children_system) / _TICKS)
