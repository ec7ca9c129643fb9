"""Exponential moving averages of weights, which validation and serving go by.

An average has no part yet in what came before the first step: after t steps w_i has the share
r^(t-i) (1 - r) / (1 - r^t), where r is the rate. So it makes no difference where training began,
and short training is not dragged back to there (Kingma and Ba, ICLR 2015, section 3). What batch
normalisation knows of its inputs is averaged alike: it belongs to the weights of that time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tensorflow as tf

from cerebro_db.training.states import averages_of
from cerebro_db.training.tensorflow.compiling import compiled
from cerebro_db.training.tensorflow.rates import Rates


class Averages:
    """The averages of one network's weights; none where the configuration has no ``ema``.

    Args:
        names: of the weights that are averaged, in a state.
        weights: the variables of the network, by their names in a state.
    """

    def __init__(self, names: Sequence[str], weights: Mapping[str, tf.Variable]) -> None:
        self._averaged = {name: weights[name] for name in names}
        self._averages = [tf.Variable(tf.zeros(v.shape)) for v in self._averaged.values()]
        self.use = compiled(self._use)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """The averages by their names in a state."""
        return dict(zip(averages_of(self._averaged), self._averages, strict=True))

    def step(self, rates: Rates, steps: tf.Tensor) -> None:
        """Take in the weights after so many steps, in a graph."""
        if not self._averages:
            return
        logarithm = tf.math.log(rates["ema"])
        share = tf.math.expm1(logarithm) / tf.math.expm1(logarithm * tf.cast(steps, tf.float32))
        for average, weight in zip(self._averages, self._averaged.values(), strict=True):
            # One kernel takes the step, in place.
            tf.raw_ops.ResourceApplyGradientDescent(
                var=average.handle, alpha=share, delta=average.read_value() - weight.read_value()
            )

    def _use(self) -> None:
        """Put the averages in the place of the weights."""
        for average, weight in zip(self._averages, self._averaged.values(), strict=True):
            weight.assign(average.read_value())
