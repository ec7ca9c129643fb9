"""Exponential moving averages of weights; see ``training.tensorflow.averages``."""

from __future__ import annotations

from math import expm1, log

from torch import Tensor


def take_in(averages: Tensor, values: Tensor, rate: float, steps: int) -> None:
    """Move averages towards what they are of, after so many steps."""
    averages.lerp_(values, expm1(log(rate)) / expm1(log(rate) * steps))
