"""Scalings of numbers side by side: by mean and deviation, robustly, or by quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from cerebro_db.dataset.features._moments import divisor
from cerebro_db.dataset.features._spread import quartiles, robust_factor, values_at

STANDARD = "standard"
SCALINGS = (STANDARD, "robust", "quantile")

# Smoothly clipped numbers stay within this.
_CLIP = 3.0

# Quantiles of one number, and of all elements of a vector.
_MOST_QUANTILES, _LEAST_QUANTILES, _MOST_TOGETHER = 257, 17, 16_384


class Scale(NamedTuple):
    """How one number is scaled: (value - mean) / scale, where a scale of 0 makes everything 0.

    - standard: by mean and standard deviation.
    - robust: by median and distance of the quartiles (range / 2 where that is 0), then clipped
      smoothly to 3 as x / sqrt(1 + (x / 3)²) (Holzmüller et al., NeurIPS 2024).
    - quantile: to the normal distribution's quantile of the same rank, between ``quantiles``
      linearly, beyond them as at the last; mean and scale say nothing.
    """

    mean: float
    scale: float
    kind: str = STANDARD
    quantiles: tuple[float, ...] = ()


def learned(kind: str, values: np.ndarray, together: int = 1) -> Scale:
    """Return a robust or a quantile scale.

    Args:
        values: a sample of the values, sorted, the least and the largest of all first and last.
        together: how many numbers share the room for quantiles.
    """
    if kind == "robust":
        _, median, _ = quartiles(values)
        factor = robust_factor(values)
        return Scale(median, 1 / factor if factor else 0.0, kind)
    count = max(_LEAST_QUANTILES, min(_MOST_QUANTILES, _MOST_TOGETHER // together))
    return Scale(0.0, 1.0, kind, tuple(values_at(values, np.linspace(0, 1, count)).tolist()))


class Scaling:
    """Scales rows of numbers, all at once."""

    def __init__(self, scales: Sequence[Scale]) -> None:
        self._means = np.array([scale.mean for scale in scales])
        self._by = divisor(np.array([scale.scale for scale in scales]))
        kinds = [scale.kind for scale in scales]
        self._clipped = np.array([i for i, kind in enumerate(kinds) if kind == "robust"], np.intp)
        self._mapped = [
            (i, *_ranked(scale.quantiles))
            for i, scale in enumerate(scales)
            if scale.kind == "quantile"
        ]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return float64 (rows, numbers) scaled; what is not finite stays so."""
        scaled = (values - self._means) / self._by
        if len(self._clipped):
            part = scaled[:, self._clipped]
            scaled[:, self._clipped] = part / np.hypot(1.0, part / _CLIP)
        for place, quantiles, normal in self._mapped:
            own = values[:, place]
            mapped = np.interp(own, quantiles, normal)
            scaled[:, place] = np.where(np.isfinite(own), mapped, own)
        return scaled


def _ranked(quantiles: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return each different quantile, and the normal distribution's at its mean rank."""
    values, first, counts = np.unique(quantiles, return_index=True, return_counts=True)
    ranks = (first + (counts - 1) / 2).tolist()
    return values, np.array([_normal(rank, len(quantiles)) for rank in ranks])


@cache
def _normal(rank: float, count: int) -> float:
    return NormalDist().inv_cdf((rank + 0.5) / count)
