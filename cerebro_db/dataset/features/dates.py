"""Dates and timestamps: the calendar's cycles, and time itself as a trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Form, Values
from cerebro_db.dataset.features._base import Feature, Options
from cerebro_db.dataset.features._moments import Moments, divisor
from cerebro_db.dataset.features._scalars import ScalarFitter, not_finite
from cerebro_db.dataset.features._spread import UNCOUNTED, Spread, bins_shown
from cerebro_db.dataset.values.float32 import as_float32

_DAY = 86_400
_LATEST = 1e15

# The lengths of the cycles.
_CYCLES = {"month": 12, "weekday": 7, "day": 31, "hour": 24}
# The sines of an even cycle have their quartiles at the root of a half, either way.
_CYCLE = Spread(robust=(0.0, 0.5**0.5))
TREND = "trend"
# The trend comes last, wherever it is used.
PARTS = (*_CYCLES, TREND)


@dataclass(frozen=True)
class DateTime(Feature):
    """Sine and cosine of month, day of week, day of month and hour (UTC), and the scaled time.

    NULL is all zeros, which is no point of any cycle. A date has no hour. Parts that were the same
    in all training rows are left out: no weight was trained on how they change.

    Args:
        parts: which of ``PARTS`` are used; None, of earlier releases, uses all.
        edges, robust: of the scaled time, see ``Spread``; None of earlier releases.
    """

    mean: float
    scale: float
    hour: bool
    parts: tuple[str, ...] | None = None
    edges: tuple[float, ...] | None = None
    robust: tuple[float, float] = UNCOUNTED.robust

    kind = "datetime"
    slot = "numeric"

    @property
    def form(self) -> Form:
        return "datetime"

    @property
    def used(self) -> tuple[str, ...]:
        """The parts that are used."""
        if self.parts is not None:
            return self.parts
        return PARTS if self.hour else tuple(part for part in PARTS if part != "hour")

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(1 if part == TREND else 2 for part in self.used),)

    @property
    def spreads(self) -> Sequence[Spread] | None:
        if TREND not in self.used:
            return [_CYCLE] * self.shape[0]
        if self.edges is None:
            return None
        return [*[_CYCLE] * (self.shape[0] - 1), Spread(self.edges, self.robust)]

    def with_edges(self, edges: Sequence[tuple[float, ...]], why: str) -> DateTime:
        return replace(self, edges=edges[-1], why=why)

    @property
    def options(self) -> dict[str, Any]:
        return {"parts": list(self.used)} | bins_shown(self.edges)

    def encode(self, values: Values) -> np.ndarray:
        seconds = np.asarray(values)
        if np.isinf(seconds).any():
            raise not_finite(self.column, int(np.isinf(seconds).sum()))
        null = np.isnan(seconds)
        places = calendar(np.where(null, 0.0, seconds))
        encoded = np.zeros((len(seconds), *self.shape))
        start = 0
        for part in self.used:
            if part == TREND:
                encoded[:, start] = (seconds - self.mean) / divisor(self.scale)
                start += 1
            else:
                encoded[:, start : start + 2] = _cycle(_CYCLES[part])[places[part]]
                start += 2
        encoded[null] = 0.0
        return as_float32(self.column, encoded)


class DateTimeFitter(ScalarFitter):
    """Learns the mean and the standard deviation of time, and which parts of the calendar vary."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._parts = {part: Moments() for part in _CYCLES}

    def learn(self, values: Values, null: np.ndarray) -> None:
        super().learn(values, null)
        seconds = np.asarray(values, np.float64)
        places = calendar(seconds[np.isfinite(seconds)])
        for part, moments in self._parts.items():
            moments.update(places[part].astype(np.float64))

    def partial(self) -> dict[str, Any]:
        parts = {part: moments.partial() for part, moments in self._parts.items()}
        return super().partial() | {"parts": parts}

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        for part, moments in self._parts.items():
            moments.merge(partial["parts"][part])

    def finish(self) -> DateTime:
        mean, scale, *_ = found = self.scale()
        varying = [part for part, moments in self._parts.items() if not moments.constant]
        spread = self.spread(found)
        return DateTime(
            column=self.column.name,
            type=self.column.type,
            why=self.why,
            missing=self.nulls > 0,
            null_share=self.null_share,
            mean=mean,
            scale=scale,
            hour=self.column.send != "date_send",
            parts=(*varying, TREND) if scale > 0 else tuple(varying),
            edges=spread.edges,
            robust=spread.robust,
        )

    def shown(self, value: float) -> str:
        return str(np.datetime64(int(value), "s")).replace("T00:00:00", "").replace("T", " ")


def calendar(seconds: np.ndarray) -> dict[str, np.ndarray]:
    """Return the place of finite moments (rows,) in each cycle, from 0."""
    # The server's calendar ends long before. (np.clip takes many times as long for one row.)
    within = np.minimum(np.maximum(seconds, -_LATEST), _LATEST)
    moment = np.floor(within).astype("datetime64[s]")
    days = moment.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    return {
        "month": months.astype(np.int64) % 12,
        "weekday": (days.astype(np.int64) + 3) % 7,
        "day": (days - months.astype("datetime64[D]")).astype(np.int64),
        "hour": moment.astype(np.int64) % _DAY // 3600,
    }


@cache
def _cycle(length: int) -> np.ndarray:
    """Return (length, 2): the points of a cycle, looked up so that equal parts are equal bits."""
    angle = 2 * np.pi * np.arange(length) / length
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
