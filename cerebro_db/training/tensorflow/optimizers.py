"""The optimizers: their steps, on the kernels that TensorFlow has for some of them.

One kernel for each variable takes the place of a dozen; a step of a small model is mostly kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from cerebro_db.model.spec import Spec
from cerebro_db.polls import no_poll
from cerebro_db.training.keras.moves import Move, move_of
from cerebro_db.training.keras.optimizers import clipped, rates_of, slots_kept
from cerebro_db.training.states import STEP, slot_name
from cerebro_db.training.tensorflow.rates import Rates

Slots = dict[str, tf.Variable]

# Moves a variable against its gradient, at a learning rate.
_MoveInPlace = Callable[[tf.Variable, Slots, tf.Tensor, tf.Tensor], None]


class Optimizer:
    """An optimizer with its memory: the steps taken, and the slots of each variable."""

    def __init__(self, spec: Spec, variables: Sequence[Any]) -> None:
        self._spec = spec
        self._trained = variables
        self._step = tf.Variable(0, dtype=tf.int64)
        self._slots = [
            {name: tf.Variable(tf.zeros(slot.shape)) for name, slot in slots_kept(spec, v).items()}
            for v in variables
        ]

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
        """Take a step, as ``training.keras.optimizers.stepped`` does, in place.

        Returns how many were taken since training began.

        Args:
            poll: called for each variable, where a graph is made of this; raises to give up.
        """
        steps = self._step.assign_add(1)
        move = self._move(rates, tf.cast(steps, tf.float32))
        bounded, own_rates = clipped(self._spec, gradients, rates), rates_of(self._spec, rates)
        for trained, slots, gradient in zip(self._trained, self._slots, bounded, strict=True):
            poll()
            variable = trained.value
            rate, decay = own_rates(trained)
            if decay is not None:
                variable.assign_sub(variable * decay)
            move(variable, slots, gradient, rate)
            if trained.constraint is not None:
                trained.assign(trained.constraint(trained))
        return steps

    def _move(self, rates: Rates, step: tf.Tensor) -> _MoveInPlace:
        kernel = _KERNELS.get(self._spec.optimizer)
        if kernel is not None:
            return kernel(self._spec, rates, step)
        return _in_place(move_of(self._spec, rates, step))


def _in_place(move: Move) -> _MoveInPlace:
    """Return what moves a variable as that says."""

    def moved(variable: tf.Variable, slots: Slots, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        kept = {name: slot.read_value() for name, slot in slots.items()}
        change, kept = move(variable.read_value(), kept, gradient, rate)
        for name, value in kept.items():
            slots[name].assign(value)
        variable.assign_sub(change)

    return moved


def _adam(spec: Spec, rates: Rates, step: tf.Tensor) -> _MoveInPlace:
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


def _sgd(spec: Spec, rates: Rates, step: tf.Tensor) -> _MoveInPlace:
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


def _rmsprop(spec: Spec, rates: Rates, step: tf.Tensor) -> _MoveInPlace:
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


# TensorFlow's kernel of adagrad adds epsilon elsewhere.
_KERNELS: dict[str, Callable[[Spec, Rates, tf.Tensor], _MoveInPlace]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
}
