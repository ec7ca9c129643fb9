"""What a container leaves a process of its machine, as the kernel shows it in either version."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cerebro_db.engines.cgroup import ControlGroups
from cerebro_db.engines.machine import memory_gb, processors

GB = 2**30


@pytest.mark.parametrize(
    ("process", "files", "processor_limit", "memory_limit"),
    [
        # Version 2: a container with a name space of its own sees its group as the uppermost one.
        ("0::/\n", {"cpu.max": "150000 100000", "memory.max": "4294967296"}, 1.5, 4 * GB),
        ("0::/\n", {"cpu.max": "max 100000", "memory.max": "max"}, math.inf, math.inf),
        # A service: what is above it limits it as well.
        (
            "0::/system.slice/postgresql.service\n",
            {
                "system.slice/postgresql.service/cpu.max": "max 100000",
                "system.slice/postgresql.service/memory.max": "8589934592",
                "system.slice/cpu.max": "300000 100000",
                "system.slice/memory.max": "4294967296",
            },
            3,
            4 * GB,
        ),
        # Version 1: the path is the host's, and the container's own group is mounted uppermost.
        (
            "4:memory:/docker/4f1\n3:cpu,cpuacct:/docker/4f1\n0::/\n",
            {
                "cpu/cpu.cfs_quota_us": "200000",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "2147483648",
            },
            2,
            2 * GB,
        ),
        (
            "2:memory:/\n1:cpu:/\n",
            {
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "9223372036854771712",
            },
            math.inf,
            9223372036854771712,
        ),
        ("", {}, math.inf, math.inf),
    ],
)
def test_limits_of_a_process(
    tmp_path: Path,
    process: str,
    files: dict[str, str],
    processor_limit: float,
    memory_limit: float,
) -> None:
    for name, text in files.items():
        file = tmp_path / "mounted" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    (tmp_path / "process").write_text(process)
    found = ControlGroups(tmp_path / "process", tmp_path / "mounted")
    assert (found.processors(), found.memory()) == (processor_limit, memory_limit)


def test_a_kernel_without_groups_limits_nothing(tmp_path: Path) -> None:
    found = ControlGroups(tmp_path / "missing", tmp_path)
    assert (found.processors(), found.memory()) == (math.inf, math.inf)


def test_a_search_counts_on_what_the_groups_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ControlGroups, "processors", lambda self: 0.5)
    monkeypatch.setattr(ControlGroups, "memory", lambda self: 0.5 * GB)
    assert (processors(), memory_gb()) == (1, 0.5)
