"""Dropout whose rate is an input of the compiled program: configurations vary in it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from cerebro_db.training.keras.layers._base import Shape, own_layer
from cerebro_db.training.runtime import backend


class Dropping(keras.layers.Layer):
    """A layer that drops numbers at the configuration's rate of a name, or none.

    Whoever compiles sets its ``rate``, a tensor or a variable that is none of the weights;
    ``rate_name`` says which rate it is, and is "" for none. With ``coarse`` fewer random bits may
    decide on each number; the other way is that of earlier releases, whose states go on bit by bit.
    """

    def __init__(self, rate: str | None, coarse: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.rate_name, self.coarse = rate or "", coarse
        if rate:
            self.rate: Any = 0.0
            self.seed_generator = keras.random.SeedGenerator()

    def dropped(self, x: Any) -> Any:
        """Return x with some of its numbers 0, and the others larger by as much."""
        if not self.rate_name:
            return x
        return backend().dropped(x, self.rate, self.seed_generator.next(), self.coarse)


@own_layer
class VariableDropout(Dropping):
    """Keras' Dropout at the configuration's rate of a name."""

    def call(self, x: Any, training: bool = False) -> Any:
        return self.dropped(x) if training else x

    def compute_output_shape(self, shape: Shape) -> Shape:
        return shape


@own_layer
class CodeDropout(VariableDropout):
    """Codes of categories of which some are dropped in training, at the configuration's rate of a
    name: they become 0, the code of values that are unknown, which is trained by that."""

    def call(self, codes: Any, training: bool = False) -> Any:
        if not training:
            return codes
        drawn = backend().uniform(codes, self.seed_generator.next())
        return ops.where(ops.less(drawn, self.rate), 0, codes)
