"""What weights begin with, as PyTorch and the authors of networks for tables have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

Start = Callable[..., Any]
Scales = Literal["ones", "signs", "normal"]


def uniform(inputs: int) -> keras.initializers.Initializer:
    """Return numbers up to 1 / sqrt(inputs), either way."""
    bound = inputs**-0.5
    return keras.initializers.RandomUniform(-bound, bound)


def scales(kind: Scales, chunks: Sequence[int] | None) -> Start:
    """Return ones, 1 or -1 by chance, or normal numbers; one number for each chunk of the last
    axis, where there are chunks of these widths."""
    if kind == "ones":
        return keras.initializers.Ones()
    draw = keras.initializers.RandomNormal(0.0, 1.0)

    def start(shape: Sequence[int], dtype: Any = None) -> Any:
        widths = np.ones(shape[-1], int) if chunks is None else np.array(chunks)
        drawn = draw((*shape[:-1], len(widths)), dtype)
        return ops.repeat(ops.sign(drawn) if kind == "signs" else drawn, widths, axis=-1)

    return start
