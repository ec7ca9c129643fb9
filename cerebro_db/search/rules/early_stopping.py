"""Ends a trial that gets no better."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import Search
from cerebro_db.search.options import number, whole, wrong
from cerebro_db.search.rules._base import Rule, Watched
from cerebro_db.words import counted

_OPTIONS = ("patience", "min_delta")
_EXAMPLE = {"patience": 5, "min_delta": 0}


class EarlyStopping(Rule):
    """Ends a trial when ``patience`` epochs in a row were none better than the best before them; a
    patience below 1 is a share of the trial's epochs.

    Better is by more than ``min_delta``. It looks at a trial's own curve and at nothing else.

    Args:
        inner: the method.
        stated: the option "early_stopping".

    Raises:
        InvalidArgument: the option makes no sense.
    """

    def __init__(self, inner: Search, stated: Any) -> None:
        super().__init__(inner)
        if not isinstance(stated, Mapping) or "patience" not in stated:
            raise wrong(
                {"early_stopping": stated}, "early_stopping", 'an object with "patience"', _EXAMPLE
            )
        for name in stated:
            if name not in _OPTIONS:
                raise InvalidArgument(
                    f'"early_stopping" has no option "{name}"',
                    detail=f"It is {json.dumps(stated)}.",
                    hint=nearest(name, _OPTIONS),
                )
        self._stated = _patience(stated)
        self._min_delta = number(stated, "min_delta", 0.0)
        if self._min_delta < 0:
            raise wrong(stated, "min_delta", "a number of at least 0", 0)
        # Of each trial, its best value that counts and the epoch of it.
        self._best: dict[int, tuple[float, int]] = {}

    def _next(self, trial: Watched) -> int:
        if not trial.values:
            return trial.begun + 1 + self._patience(trial)
        value, best = trial.values[-1], self._best.get(trial.number)
        if best is None or value > best[0] + self._min_delta:
            best = self._best[trial.number] = value, trial.done
        return best[1] + self._patience(trial)

    def _against(self, trial: Watched) -> str | None:
        if self._next(trial) > trial.done:
            return None
        value, epoch = self._best[trial.number]
        for_so_long = counted(self._patience(trial), "epoch")
        return f"no better for {for_so_long} than {self.terms.shown(value)} in epoch {epoch}"

    def _patience(self, trial: Watched) -> int:
        stated = self._stated
        return stated if isinstance(stated, int) else max(1, round(stated * trial.epochs))


def _patience(stated: Mapping[str, Any]) -> int | float:
    value = stated["patience"]
    if isinstance(value, float) and 0 < value < 1:
        return value
    try:
        return whole(stated, "patience", 5)
    except InvalidArgument:
        raise wrong(
            stated, "patience", "a positive integer, or a share of the epochs below 1", 5
        ) from None
