"""Schedules: how a rate changes in the course of a configuration's whole budget.

A schedule is a function of progress, which is the share of all steps that are done: 0 at the first
step, below 1 at the last. It gives what the rate is multiplied by. None knows anything else, so a
configuration that hops, rests or is taken up again goes on as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, log2, pi
from types import MappingProxyType

Shape = Callable[[float], float]


def _half_wave(progress: float) -> float:
    """Fall from 1 to 0 along half a cosine."""
    return 0.5 * (1.0 + cos(pi * progress))


def _flat_cos(progress: float) -> float:
    return _half_wave(max(0.0, 2.0 * progress - 1.0))


def _one_cycle(progress: float) -> float:
    if progress < _PEAK:
        return _LOWEST + (1.0 - _LOWEST) * _half_wave(1.0 - progress / _PEAK)
    return _half_wave((progress - _PEAK) / (1.0 - _PEAK))


def _exponential(progress: float) -> float:
    return float(_LAST**progress)


def _coslog4(progress: float) -> float:
    return 0.5 * (1.0 - cos(2.0 * pi * log2(1.0 + 15.0 * progress)))


def _step(progress: float) -> float:
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


# Where one cycle has its peak, and the share of it that it begins with (Smith and Topin,
# Super-Convergence, 2018; the shares are those of fastai).
_PEAK, _LOWEST = 0.25, 1 / 25
# What an exponential schedule comes to.
_LAST = 0.01

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        # SGDR without restarts (Loshchilov and Hutter, ICLR 2017).
        "cosine": _half_wave,
        # The first half constant. This and coslog4, four cycles whose length doubles, are those of
        # RealMLP (Holzmüller et al., NeurIPS 2024).
        "flat_cos": _flat_cos,
        "one_cycle": _one_cycle,
        "exponential": _exponential,
        "coslog4": _coslog4,
        # A tenth from half of the budget on, a hundredth in its last quarter, as He et al. (CVPR
        # 2016) trained residual networks.
        "step": _step,
    }
)


def warmed_up(shape: Shape | None, warmup: float) -> Shape | None:
    """Return a shape that has its course behind a rise from 0, in so large a share of it."""
    if not warmup:
        return shape

    def rising(progress: float) -> float:
        if progress < warmup:
            return progress / warmup
        return 1.0 if shape is None else shape((progress - warmup) / (1.0 - warmup))

    return rising
