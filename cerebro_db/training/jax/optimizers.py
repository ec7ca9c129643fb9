"""The optimizers, as TensorFlow's kernels compute them: functions from a state to the next one.

A layer of ours may set two numbers on a Keras variable, both 1 where they are not set: the variable
takes the learning rate times its ``rate_factor``, and the weight decay times its ``decay_factor``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from cerebro_db.model.optimizers import slots_of
from cerebro_db.model.spec import Spec
from cerebro_db.training.jax.losses import Rates
from cerebro_db.training.states import STEP, slot_name

State = dict[str, jax.Array]
"""Tensors by their names in a state; those of slots alone, by the names of these."""

# From an optimizer's slots, a gradient and a learning rate: what is subtracted, and the new slots.
_Move = Callable[[State, jax.Array, jax.Array], tuple[jax.Array, State]]


def stepped(
    spec: Spec,
    trained: Mapping[str, Any],
    state: State,
    gradients: Mapping[str, jax.Array],
    rates: Rates,
) -> State:
    """Take a step: clip each gradient, decay weights, move them, and constrain them.

    Args:
        spec: the configuration.
        trained: Keras' variables that are trained, in order, by their names in the state.
        state: before the step.
        gradients: of what is minimised, by the same names.
        rates: of this step.

    Returns:
        What is new in the state.
    """
    steps = state[STEP] + 1
    new: State = {STEP: steps}
    move = _METHODS[spec.optimizer](spec, rates, steps.astype(jnp.float32))
    names = slots_of(spec.optimizer, spec.optimizer_parameters)
    for i, (name, variable) in enumerate(trained.items()):
        value, gradient = state[name], gradients[name]
        if spec.clipnorm:
            norm = jnp.sqrt(jnp.square(gradient).sum())
            gradient = gradient * (rates["clipnorm"] / jnp.maximum(norm, rates["clipnorm"]))
        rate = rates["learning_rate"] * getattr(variable, "rate_factor", 1.0)
        decay_factor = getattr(variable, "decay_factor", 1.0)
        if spec.weight_decay and decay_factor:
            value = value - value * (rates["weight_decay"] * rate * decay_factor)
        slots = {slot: state[slot_name(i, slot)] for slot in names}
        change, slots = move(slots, gradient, rate)
        value = value - change
        if variable.constraint is not None:
            value = variable.constraint(value)
        new[name] = value
        new |= {slot_name(i, slot): kept for slot, kept in slots.items()}
    return new


def _adam(spec: Spec, rates: Rates, step: jax.Array) -> _Move:
    beta_1, beta_2 = rates["beta_1"], rates["beta_2"]
    corrected = jnp.sqrt(1.0 - beta_2**step) / (1.0 - beta_1**step)

    def move(slots: State, gradient: jax.Array, rate: jax.Array) -> tuple[jax.Array, State]:
        mean = slots["mean"] + (gradient - slots["mean"]) * (1.0 - beta_1)
        square = slots["square"] + (jnp.square(gradient) - slots["square"]) * (1.0 - beta_2)
        new = {"mean": mean, "square": square}
        if "most" in slots:
            new["most"] = jnp.maximum(slots["most"], square)
        root = jnp.sqrt(new.get("most", square))
        return rate * corrected * mean / (root + rates["epsilon"]), new

    return move


def _sgd(spec: Spec, rates: Rates, step: jax.Array) -> _Move:
    def move(slots: State, gradient: jax.Array, rate: jax.Array) -> tuple[jax.Array, State]:
        if not slots:
            return rate * gradient, {}
        momentum = slots["momentum"] * rates["momentum"] - rate * gradient
        if spec.optimizer_parameters["nesterov"]:
            return rate * gradient - momentum * rates["momentum"], {"momentum": momentum}
        return -momentum, {"momentum": momentum}

    return move


def _rmsprop(spec: Spec, rates: Rates, step: jax.Array) -> _Move:
    share = 1.0 - rates["rho"]

    def move(slots: State, gradient: jax.Array, rate: jax.Array) -> tuple[jax.Array, State]:
        square = slots["square"] + (jnp.square(gradient) - slots["square"]) * share
        new = {"square": square}
        variance = square
        if "mean" in slots:
            new["mean"] = slots["mean"] + (gradient - slots["mean"]) * share
            variance = square - jnp.square(new["mean"])
        moved = rate * gradient * jax.lax.rsqrt(variance + rates["epsilon"])
        new["momentum"] = slots["momentum"] * rates["momentum"] + moved
        return new["momentum"], new

    return move


def _adagrad(spec: Spec, rates: Rates, step: jax.Array) -> _Move:
    def move(slots: State, gradient: jax.Array, rate: jax.Array) -> tuple[jax.Array, State]:
        total = slots["sum"] + jnp.square(gradient)
        return rate * gradient * jax.lax.rsqrt(total + rates["epsilon"]), {"sum": total}

    return move


_METHODS: dict[str, Callable[[Spec, Rates, jax.Array], _Move]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
