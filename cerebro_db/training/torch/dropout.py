"""Random numbers for dropout: of numpy, which draws them in a tenth of the time that PyTorch's own
generator takes, and has a state for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

_LIBRARY = torch.library.Library("cerebro_db", "DEF")
_LIBRARY.define("drawn(Tensor seed, SymInt count) -> Tensor")


def drawn(seed: Tensor, count: int) -> Tensor:
    """Return so many random int16, which depend on the seed alone."""
    words = [number % 2**32 for number in seed.tolist()]
    found = np.random.SFC64(words).random_raw(-(-count // 4))
    return torch.from_numpy(found.view(np.int16)[:count])


@torch.library.register_fake("cerebro_db::drawn", lib=_LIBRARY)
def _like_drawn(seed: Tensor, count: int) -> Tensor:
    return seed.new_empty((count,), dtype=torch.int16)


_LIBRARY.impl("drawn", drawn, "CPU")
DRAWN = torch.ops.cerebro_db.drawn.default


def dropped(x: Tensor, rate: Any, seed: Tensor, coarse: bool) -> Tensor:
    """Return x with some of its numbers 0, and the others larger by as much.

    Args:
        coarse: makes no difference here: 16 bits decide on each number either way.
    """
    return x * dropping(x.shape, rate, seed)


def dropping(shape: Sequence[int], rate: Any, seed: Tensor) -> Tensor:
    """Return what numbers are multiplied by that are dropped at a rate."""
    kept = DRAWN(seed, prod(shape)).reshape(shape) >= rate * 2.0**16 - 2.0**15
    return kept * (1.0 / (1.0 - rate))


def uniform(like: Tensor, seed: Tensor) -> Tensor:
    """Return numbers in [0, 1), of another tensor's shape."""
    return fractions(like.shape, seed)


def fractions(shape: Sequence[int], seed: Tensor) -> Tensor:
    """Return numbers in [0, 1), each of 24 bits."""
    bits = DRAWN(seed, 2 * prod(shape)).view(torch.int32) & (2**24 - 1)
    return (bits * 2.0**-24).reshape(shape)
