"""Dates and timestamps: the calendar's cycles, and time itself as a trend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Form, Values
from cerebro_db.dataset.features._base import Feature
from cerebro_db.dataset.features._scalars import ScalarFitter, not_finite
from cerebro_db.dataset.values.float32 import as_float32

_DAY = 86_400


@dataclass(frozen=True)
class DateTime(Feature):
    """Sine and cosine of month, day of week, day of month and hour (UTC), and the scaled time.

    NULL is all zeros, which is no point of any cycle. A date has no hour.
    """

    mean: float
    scale: float
    hour: bool

    kind = "datetime"
    slot = "numeric"

    @property
    def form(self) -> Form:
        return "datetime"

    @property
    def shape(self) -> tuple[int, ...]:
        return (9,) if self.hour else (7,)

    @property
    def options(self) -> dict[str, Any]:
        parts = ["month", "weekday", "day", "hour", "trend"]
        return {"parts": parts if self.hour else [part for part in parts if part != "hour"]}

    def encode(self, values: Values) -> np.ndarray:
        seconds = np.asarray(values)
        if np.isinf(seconds).any():
            raise not_finite(self.column, int(np.isinf(seconds).sum()))
        null = np.isnan(seconds)
        moment = np.where(null, 0.0, np.floor(seconds)).astype("datetime64[s]")
        days = moment.astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        parts = [
            _cycle(12)[months.astype(np.int64) % 12],
            _cycle(7)[(days.astype(np.int64) + 3) % 7],
            _cycle(31)[(days - months.astype("datetime64[D]")).astype(np.int64)],
        ]
        if self.hour:
            parts.append(_cycle(24)[moment.astype(np.int64) % _DAY // 3600])
        trend = ((seconds - self.mean) / self.scale)[:, None]
        encoded = np.concatenate([*parts, trend], axis=1)
        encoded[null] = 0.0
        return as_float32(self.column, encoded)


class DateTimeFitter(ScalarFitter):
    """Learns the mean and the standard deviation of time."""

    def finish(self) -> DateTime:
        mean, scale = self.moments.standard(self.column.name)
        return DateTime(
            column=self.column.name,
            type=self.column.type,
            why=self.why,
            missing=self.nulls > 0,
            mean=float(mean),
            scale=float(scale),
            hour=self.column.send != "date_send",
        )


def _cycle(length: int) -> np.ndarray:
    """Return (length, 2): the points of a cycle, looked up so that equal parts are equal bits."""
    angle = 2 * np.pi * np.arange(length) / length
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
