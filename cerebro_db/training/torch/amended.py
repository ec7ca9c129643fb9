"""What Keras computes with PyTorch in another way than training needs.

It drops numbers by a generator that no state has, and asks seeds for their numbers, which a step
that is traced has not. Layer normalisation over axes that follow one another, but are not the last,
it computes over the last. It keeps variables as parameters of a module, whose names have no dots,
while those of layers within models have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from keras.src.backend.torch import random
from keras.src.backend.torch.core import get_device
from keras.src.backend.torch.layer import TorchLayer
from keras.src.ops import nn
from keras.src.random.seed_generator import draw_seed
from torch import Tensor

from cerebro_db.training.torch.dropout import dropping, fractions


def amend() -> None:
    """Have Keras draw here what layers and initializers ask for, and normalise over the right
    axes."""
    random.uniform, random.normal, random.dropout = _uniform, _normal, _dropout
    # Asked whether the axes are the last, of which PyTorch has a function.
    nn.is_continuous_axis = lambda axes: [*axes] == [-1]
    # Nothing here asks layers for parameters as PyTorch's modules have them.
    TorchLayer._post_build = TorchLayer._post_track_variable = _nothing


def _nothing(layer: TorchLayer, *of: Any) -> None:
    pass


def _uniform(
    shape: Sequence[int],
    minval: Any = 0.0,
    maxval: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> Tensor:
    return minval + (maxval - minval) * _drawn(shape, seed)


def _normal(
    shape: Sequence[int],
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = None,
    seed: Any = None,
) -> Tensor:
    # Neither 0 nor 1 is among them.
    between = 2.0 * (_drawn(shape, seed) + 2.0**-25) - 1.0
    return mean + stddev * (2.0**0.5 * torch.erfinv(between))


def _dropout(
    inputs: Tensor, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None
) -> Tensor:
    if rate == 0.0 or get_device() == "meta":
        return inputs
    whole = noise_shape or inputs.shape
    shape = [
        own if of_noise is None else of_noise
        for own, of_noise in zip(inputs.shape, whole, strict=True)
    ]
    return inputs * dropping(shape, rate, draw_seed(seed))


def _drawn(shape: Sequence[int], seed: Any) -> Tensor:
    if get_device() == "meta":
        # Keras finds out shapes, and draws nothing.
        return torch.empty(tuple(shape), device="meta")
    return fractions(tuple(shape), draw_seed(seed))
