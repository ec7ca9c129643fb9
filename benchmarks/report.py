"""What the benchmark finds: plain numbers with their goals, as JSON and back. All that is drawn,
printed or published is made of this."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Goal:
    """A bound that a value should be at least, or at most."""

    bound: float
    least: bool

    def met(self, value: float) -> bool:
        """Return whether the value reaches it."""
        return value >= self.bound if self.least else value <= self.bound


@dataclass(frozen=True)
class Line:
    """One contestant on one workload. Seconds are medians of so many rounds.

    Args:
        loss: the best validation loss.
        ratio: how many times as long as ours it took, the median of the rounds.
    """

    workload: str
    contestant: str
    rounds: int
    seconds: float
    fastest: float
    slowest: float
    loss: float
    ratio: float | None
    goal: Goal | None


@dataclass(frozen=True)
class Figure:
    """Another number, and what it should be."""

    subject: str
    what: str
    value: float
    unit: str = ""
    goal: Goal | None = None


@dataclass(frozen=True)
class Quality:
    """How long one contestant searched until the validation metric was good enough, in the median.

    Args:
        reached: in how many of the rounds it was.
        seconds, epochs: None where it was not in most of them, within ``limit`` seconds.
        error: the least of the validation rows; ``target`` is what is good enough.
        ratio: of a rival: how many times as long as ours it took, at least.
        share: of ours: its epochs, over all that random search trains.
        load: of the machine when it began, by what runs there besides.
    """

    task: str
    contestant: str
    rounds: int
    reached: int
    seconds: float | None
    epochs: float | None
    limit: float
    error: float
    target: float
    ratio: float | None = None
    ratio_goal: Goal | None = None
    share: float | None = None
    share_goal: Goal | None = None
    load: float = 0.0


@dataclass(frozen=True)
class Curve:
    """How values grow with the work; ``bound`` is what they should stay below."""

    title: str
    x_label: str
    y_label: str
    x: Sequence[float]
    series: dict[str, Sequence[float]]
    bound: Sequence[float] | None = None


@dataclass
class Report:
    """One run of the benchmark, or several on one machine.

    Args:
        machine: what it ran on.
        left_out: what was not measured, in sentences.
    """

    machine: dict[str, str]
    left_out: list[str]
    lines: list[Line] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    qualities: list[Quality] = field(default_factory=list)

    @classmethod
    def joined(cls, reports: Sequence[Report]) -> Report:
        """Return several runs as one: of what was measured twice, the first counts."""
        first = reports[0]
        joined = cls(
            first.machine,
            [what for what in first.left_out if all(what in one.left_out for one in reports)],
        )
        lines: dict[tuple[str, str], Line] = {}
        figures: dict[tuple[str, str], Figure] = {}
        curves: dict[str, Curve] = {}
        qualities: dict[tuple[str, str], Quality] = {}
        for report in reports:
            for line in report.lines:
                lines.setdefault((line.workload, line.contestant), line)
            for figure in report.figures:
                figures.setdefault((figure.subject, figure.what), figure)
            for curve in report.curves:
                curves.setdefault(curve.title, curve)
            for quality in report.qualities:
                qualities.setdefault((quality.task, quality.contestant), quality)
        joined.lines = sorted(lines.values(), key=lambda line: line.workload)
        joined.figures = list(figures.values())
        joined.curves = list(curves.values())
        joined.qualities = list(qualities.values())
        return joined

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, file: Path) -> Report:
        """Rebuild what ``write`` wrote."""
        document = json.loads(file.read_text())
        document["lines"] = [Line(**_with_goal(line)) for line in document["lines"]]
        document["figures"] = [Figure(**_with_goal(figure)) for figure in document["figures"]]
        document["curves"] = [Curve(**curve) for curve in document["curves"]]
        document["qualities"] = [Quality(**_with_goal(one)) for one in document["qualities"]]
        return cls(**document)


def _with_goal(item: dict) -> dict:
    goals = {name: Goal(**item[name]) for name in item if name.endswith("goal") and item[name]}
    return item | goals
