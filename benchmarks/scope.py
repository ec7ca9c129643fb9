"""How much is measured: everything, or what fits into three minutes; and what is then left out."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contestants import ARRAYS, CONTESTANTS, OURS, Contestant
from benchmarks.workloads import WORKLOADS

# By name on the command line; ours and the arrays are always there, to compare with.
RIVALS = {c.module: c for c in CONTESTANTS if c not in (OURS, ARRAYS)}


@dataclass(frozen=True)
class Scope:
    """What to measure; names are those of WORKLOADS and RIVALS."""

    rounds: int = 3
    workloads: tuple[str, ...] = tuple(WORKLOADS)
    rivals: tuple[str, ...] = tuple(RIVALS)
    quality: bool = True
    parts: bool = True
    curves: bool = True

    @property
    def contestants(self) -> list[Contestant]:
        """Who runs, in the order of all."""
        return [c for c in CONTESTANTS if c in (OURS, ARRAYS) or c.module in self.rivals]

    def left_out(self) -> list[str]:
        """Return what is missing in comparison to the whole."""
        whole = Scope()
        missing = [name.upper() for name in whole.workloads if name not in self.workloads]
        missing += [RIVALS[name].title for name in whole.rivals if name not in self.rivals]
        if not self.quality:
            missing.append("time to quality")
        if not self.parts:
            missing.append("packing, predicting and best epochs")
        if not self.curves:
            missing.append("how cost grows with configurations, rows, partitions and states")
        if self.rounds < whole.rounds:
            missing.append(f"{whole.rounds - self.rounds} of {whole.rounds} rounds")
        return missing


QUICK = Scope(
    rounds=1,
    workloads=("w1",),
    rivals=("keras_fit", "keras_tuned", "keras_processes", "ray_tune"),
    quality=False,
    parts=False,
    curves=False,
)
