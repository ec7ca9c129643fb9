"""Optuna's pruners, which say of a trial whether it is worth going on.

A pruner compares a trial with those that are complete. Here all trials train at once, so that few
are: it is told of the others that they were, up to the epoch that it looks at. What was ended
before it counts there with the last that it came to.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import Terms
from cerebro_db.search.options import number, share, whole, wrong
from cerebro_db.words import counted

_EXAMPLE = {"percentile": 25}


class Pruner(ABC):
    """Judges trials after the epochs that ``next`` names.

    Args:
        stated: its options.
        terms: what the search goes by.
    """

    OPTIONS: ClassVar[tuple[str, ...]] = ("warmup", "interval")
    COMPARES: ClassVar[bool] = False
    """Whether it compares trials."""

    def __init__(self, stated: Mapping[str, Any], terms: Terms) -> None:
        self.terms = terms
        self.warmup = whole(stated, "warmup", 1)
        self.interval = whole(stated, "interval", 1)

    def next(self, done: int) -> int:
        """Return the first epoch after so many at which it judges."""
        if done < self.warmup:
            return self.warmup
        return done + self.interval - (done - self.warmup) % self.interval

    @abstractmethod
    def judge(self, trial: Any, others: Sequence[Any]) -> str | None:
        """Return why a trial ends; None: it goes on. All of them are as ``curve`` makes them."""

    def curve(self) -> Any:
        """Return what it reads of a trial, as Optuna has it, before its first epoch."""
        import optuna

        # By the value of its end none is judged.
        return optuna.trial.create_trial(value=0.0)


class Percentile(Pruner):
    """Ends a trial whose best value so far is not among the best ``percentile`` of a hundred that
    others had at that epoch; there have to be ``startup`` others."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("percentile", "startup", *Pruner.OPTIONS)
    COMPARES: ClassVar[bool] = True

    def __init__(self, stated: Mapping[str, Any], terms: Terms) -> None:
        super().__init__(stated, terms)
        self._percentile = share(stated, "percentile", 50, most=100)
        startup = whole(stated, "startup", 5)
        from optuna.pruners import PercentilePruner

        self._pruner = PercentilePruner(self._percentile, startup, 0, 1)

    def judge(self, trial: Any, others: Sequence[Any]) -> str | None:
        if not self._pruner.prune(_Study(others), trial):  # type: ignore[arg-type]
            return None
        best = self.terms.shown(max(trial.intermediate_values.values()))
        after = counted(trial.last_step, "epoch")
        return (
            f"pruned after {after}: its best, {best}, is not among the best "
            f"{self._percentile:g} % of {counted(len(others), 'other')}"
        )


class Threshold(Pruner):
    """Ends a trial whose value is worse than a bound, which is stated as the metric is."""

    OPTIONS: ClassVar[tuple[str, ...]] = ("threshold", *Pruner.OPTIONS)

    def __init__(self, stated: Mapping[str, Any], terms: Terms) -> None:
        super().__init__(stated, terms)
        self._bound = number(stated, "threshold", 0.0)
        from optuna.pruners import ThresholdPruner

        self._pruner = ThresholdPruner(
            lower=self._bound if terms.higher_is_better else -self._bound
        )

    def judge(self, trial: Any, others: Sequence[Any]) -> str | None:
        if not self._pruner.prune(_Study(others), trial):  # type: ignore[arg-type]
            return None
        value = self.terms.shown(trial.intermediate_values[trial.last_step])
        after = counted(trial.last_step, "epoch")
        return f"pruned after {after}: {value} is worse than {self._bound:g}"


_PRUNERS: dict[str, type[Pruner]] = {"percentile": Percentile, "threshold": Threshold}


def pruner_of(stated: Any, terms: Terms) -> Pruner:
    """Return the pruner that the option "prune" describes.

    Raises:
        InvalidArgument: it describes none.
    """
    if stated == "median":
        return Percentile({"percentile": 50}, terms)
    kinds = [kind for kind in _PRUNERS if isinstance(stated, Mapping) and kind in stated]
    if len(kinds) != 1:
        raise wrong(
            {"prune": stated},
            "prune",
            '"median", or an object with "percentile" or "threshold"',
            _EXAMPLE,
        )
    (kind,) = kinds
    for name in stated:
        if name not in _PRUNERS[kind].OPTIONS:
            raise InvalidArgument(
                f'"prune" has no option "{name}" beside "{kind}"',
                detail=f"It is {json.dumps(stated)}.",
                hint=nearest(name, _PRUNERS[kind].OPTIONS),
            )
    return _PRUNERS[kind](stated, terms)


class _Study:
    """What a pruner asks of a study."""

    def __init__(self, complete: Sequence[Any]) -> None:
        from optuna.study import StudyDirection

        self.direction = StudyDirection.MAXIMIZE
        self._complete = list(complete)

    def get_trials(self, deepcopy: bool = False, states: Any = None) -> list[Any]:
        return self._complete
