"""What the control groups of a process leave it of its machine: in a container less than all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ControlGroups:
    """The groups of a process, by the files in which the kernel shows them.

    Version 2 has one tree of groups, version 1 one for each controller; a machine may have both.
    """

    process: Path = Path("/proc/self/cgroup")
    mounted: Path = Path("/sys/fs/cgroup")

    def processors(self) -> float:
        """Return how many processors it may keep busy, infinity where nothing limits it."""
        quotas = [_words(folder / "cpu.max") for folder in self._folders("")]
        quotas += [
            _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
            for folder in self._folders("cpu")
        ]
        stated = (quota for quota in quotas if quota and quota[0] not in {"max", "-1"})
        return min((int(time) / int(period) for time, period in stated), default=math.inf)

    def memory(self) -> float:
        """Return how many bytes it may take, infinity where nothing limits it."""
        limits = [_words(folder / "memory.max") for folder in self._folders("")]
        limits += [_words(folder / "memory.limit_in_bytes") for folder in self._folders("memory")]
        stated = (limit for limit in limits if limit and limit[0] != "max")
        return min((float(size) for (size,) in stated), default=math.inf)

    def _folders(self, controller: str) -> Iterator[Path]:
        """Yield the folders of a controller's groups, the process's own first; "" is version 2.

        In a container the path may be the host's, of which only the uppermost folder is mounted.
        """
        lines = self.process.read_text().splitlines() if self.process.exists() else []
        for line in lines:
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                group = Path(path.lstrip("/"))
                yield from (
                    self.mounted / controller / folder for folder in (group, *group.parents)
                )


def _words(file: Path) -> list[str]:
    """Return what a file says, nothing where there is none: the uppermost group has no limits."""
    try:
        return file.read_text().split()
    except OSError:
        return []
