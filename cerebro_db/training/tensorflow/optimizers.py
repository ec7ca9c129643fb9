"""The optimizers: Keras' methods, on the kernels that TensorFlow has for them.

One kernel for each variable takes the place of a dozen; a step of a small model is mostly kernels.

A layer of ours may set two numbers on a Keras variable, both 1 where they are not set: the variable
takes the learning rate times its ``rate_factor``, and the weight decay times its ``decay_factor``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import tensorflow as tf

from cerebro_db.model.optimizers import slots_of
from cerebro_db.model.spec import Spec
from cerebro_db.polls import no_poll
from cerebro_db.training.states import STEP, slot_name
from cerebro_db.training.tensorflow.rates import Rates

Slots = dict[str, tf.Variable]

# Moves a variable against its gradient, at a learning rate.
_Move = Callable[[tf.Variable, Slots, tf.Tensor, tf.Tensor], None]


class Optimizer:
    """An optimizer with its memory: the steps taken, and slots of the shape of each variable."""

    def __init__(self, spec: Spec, variables: Sequence[Any]) -> None:
        self._spec = spec
        self._trained = variables
        self._step = tf.Variable(0, dtype=tf.int64)
        names = slots_of(spec.optimizer, spec.optimizer_parameters)
        self._slots = [{name: tf.Variable(tf.zeros(v.shape)) for name in names} for v in variables]

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """All that the next step depends on, under names that do not depend on the process."""
        slots = {
            slot_name(i, name): variable
            for i, own in enumerate(self._slots)
            for name, variable in own.items()
        }
        return {STEP: self._step, **slots}

    def apply(
        self, gradients: Sequence[tf.Tensor], rates: Rates, poll: Callable[[], None] = no_poll
    ) -> tf.Tensor:
        """Take a step: clip each gradient, decay weights, move them, and constrain them.

        Returns how many were taken since training began.

        Args:
            poll: called for each variable, where a graph is made of this; raises to give up.
        """
        steps = self._step.assign_add(1)
        move = _METHODS[self._spec.optimizer](self._spec, rates, tf.cast(steps, tf.float32))
        learning_rate = _by_factor(rates["learning_rate"])
        decay = _by_factor(rates["weight_decay"] * rates["learning_rate"])
        for trained, slots, gradient in zip(self._trained, self._slots, gradients, strict=True):
            poll()
            variable = trained.value
            if self._spec.clipnorm:
                gradient = tf.clip_by_norm(gradient, rates["clipnorm"])
            rate_factor = getattr(trained, "rate_factor", 1.0)
            decay_factor = getattr(trained, "decay_factor", 1.0)
            if self._spec.weight_decay and decay_factor:
                variable.assign_sub(variable * decay(rate_factor * decay_factor))
            move(variable, slots, gradient, learning_rate(rate_factor))
            if trained.constraint is not None:
                trained.assign(trained.constraint(trained))
        return steps


def _by_factor(rate: tf.Tensor) -> Callable[[float], tf.Tensor]:
    """Return what multiplies a rate: once in a graph by each factor, by 1 not at all."""
    return cache(lambda factor: rate if factor == 1.0 else rate * factor)


def _adam(spec: Spec, rates: Rates, step: tf.Tensor) -> _Move:
    common = {
        "beta1_power": rates["beta_1"] ** step,
        "beta2_power": rates["beta_2"] ** step,
        "beta1": rates["beta_1"],
        "beta2": rates["beta_2"],
        "epsilon": rates["epsilon"],
    }

    def move(variable: tf.Variable, slots: Slots, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        own = {"var": variable.handle, "m": slots["mean"].handle, "v": slots["square"].handle}
        if "most" in slots:
            own["vhat"] = slots["most"].handle
            tf.raw_ops.ResourceApplyAdamWithAmsgrad(**own, **common, lr=rate, grad=gradient)
        else:
            tf.raw_ops.ResourceApplyAdam(**own, **common, lr=rate, grad=gradient)

    return move


def _sgd(spec: Spec, rates: Rates, step: tf.Tensor) -> _Move:
    def move(variable: tf.Variable, slots: Slots, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        if slots:
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=variable.handle,
                accum=slots["momentum"].handle,
                lr=rate,
                grad=gradient,
                momentum=rates["momentum"],
                use_nesterov=spec.optimizer_parameters["nesterov"],
            )
        else:
            tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)

    return move


def _rmsprop(spec: Spec, rates: Rates, step: tf.Tensor) -> _Move:
    common = {
        "rho": rates["rho"],
        "momentum": rates["momentum"],
        "epsilon": rates["epsilon"],
    }

    def move(variable: tf.Variable, slots: Slots, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        own = {
            "var": variable.handle,
            "ms": slots["square"].handle,
            "mom": slots["momentum"].handle,
        }
        if "mean" in slots:
            own["mg"] = slots["mean"].handle
            tf.raw_ops.ResourceApplyCenteredRMSProp(**own, **common, lr=rate, grad=gradient)
        else:
            tf.raw_ops.ResourceApplyRMSProp(**own, **common, lr=rate, grad=gradient)

    return move


def _adagrad(spec: Spec, rates: Rates, step: tf.Tensor) -> _Move:
    # TensorFlow's kernel adds epsilon elsewhere.
    def move(variable: tf.Variable, slots: Slots, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        total = slots["sum"].assign_add(tf.square(gradient))
        variable.assign_sub(rate * gradient * tf.math.rsqrt(total + rates["epsilon"]))

    return move


_METHODS: dict[str, Callable[[Spec, Rates, tf.Tensor], _Move]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
