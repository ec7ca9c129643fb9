"""One bracket of successive halving: a rung is decided when the last of its trials is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_db.search._base import Candidate, Decision, GoOn, Measured, Start, Stop
from cerebro_db.search.ladder import Rung
from cerebro_db.words import ordinal


@dataclass(frozen=True)
class Standing:
    """What a trial came to on a rung; None: it ended before it was decided."""

    trial: int
    epoch: int
    value: float | None


class Bracket:
    """Halves its trials, rung by rung.

    On each rung the best go on, as many as the next one has room for, however few there are to
    choose from: a trial that ends is one of those that do not. Equal ones go by number.

    Args:
        name: what people read that it is, after "rung 0".
        rungs: see ``Ladder``.
        number: see ``Candidate.bracket``.
    """

    def __init__(self, rungs: Sequence[Rung], number: int | None = None, name: str = "") -> None:
        self._rungs = rungs
        self._number = number
        self._name = name
        self._values: dict[int, float | None] = {}
        self._missing = 0
        self._ended: list[int] = []
        self.decided: list[list[Standing]] = []
        """How the trials of each rung stood that has been decided, the last rung too, by number."""

    @property
    def room(self) -> int:
        """How many trials begin in it."""
        return self._rungs[0].trials if self._rungs else 0

    @property
    def height(self) -> int:
        """How many rungs it has."""
        return len(self._rungs)

    def begin(self, trials: Mapping[int, dict[str, Any]]) -> list[Decision]:
        """Take in its trials, the values by number; return what follows: that they start."""
        self._values = dict.fromkeys(trials)
        self._missing = len(trials)
        until, epochs = (self._rungs[0].epochs, self._rungs[-1].epochs) if trials else (0, 0)
        starts = [
            Start(Candidate(params, epochs, until, bracket=self._number, rung=0))
            for params in trials.values()
        ]
        return [*starts, *self._decide()]

    def measured(self, result: Measured) -> list[Decision]:
        """Take in what one of its trials came to; return what follows."""
        awaited = self._values.get(result.trial, 0.0) is None
        if not awaited or result.epoch != self._rungs[len(self.decided)].epochs:
            return []
        self._values[result.trial] = result.value
        self._missing -= 1
        return list(self._decide())

    def ended(self, trial: int) -> list[Decision]:
        """Take in that one of its trials trains no further; return what follows."""
        if trial not in self._values:
            return []
        self._missing -= self._values.pop(trial) is None
        self._ended.append(trial)
        return list(self._decide())

    def _decide(self) -> Iterator[Decision]:
        if self._missing or len(self.decided) == len(self._rungs):
            return
        rung, place = self._rungs[len(self.decided)], len(self.decided)
        values = {trial: value for trial, value in self._values.items() if value is not None}
        self.decided.append(
            sorted(
                [Standing(trial, rung.epochs, value) for trial, value in values.items()]
                + [Standing(trial, rung.epochs, None) for trial in self._ended],
                key=lambda standing: standing.trial,
            )
        )
        self._ended = []
        if place + 1 == len(self._rungs):
            self._values = {}
            return
        following = self._rungs[place + 1]
        order = sorted(values, key=lambda trial: (-values[trial], trial))
        best = order[: following.trials]
        self._values = dict.fromkeys(best)
        self._missing = len(best)
        for rank, trial in enumerate(order, 1):
            why = f"{ordinal(rank)} of {len(order):,}, {go_on(len(best), len(order))}"
            why = f"rung {place}{self._name}: {why}"
            if rank <= len(best):
                yield GoOn(trial, following.epochs, why, place + 1)
            else:
                yield Stop(trial, why)
        yield from self._decide()


def go_on(best: int, of: int) -> str:
    """Return the phrase that says how many of a rung go on."""
    if best == of:
        return "all go on"
    return "the best goes on" if best == 1 else f"the best {best:,} go on"
