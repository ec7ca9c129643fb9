"""The step of an optimizer, of Keras' operations: the same on every framework.

A layer of ours may set two numbers on a Keras variable, both 1 where they are not set: the variable
takes the learning rate times its ``rate_factor``, and the weight decay times its ``decay_factor``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from keras import ops

from cerebro_db.model.optimizers import Slots, Weight, slots_of
from cerebro_db.model.spec import Spec
from cerebro_db.training.keras.moves import Rates, move_of, squares
from cerebro_db.training.states import STEP, slot_name


def slots_kept(spec: Spec, variable: Any) -> Slots:
    """Return what a configuration's optimizer keeps of a variable of Keras."""
    # As Keras' Muon knows them.
    embeds = "embedding" in variable.path.lower()
    weight = Weight(tuple(variable.shape), embeds)
    return slots_of(spec.optimizer, spec.optimizer_parameters, weight)


def stepped(
    spec: Spec,
    trained: Mapping[str, Any],
    state: Mapping[str, Any],
    gradients: Mapping[str, Any],
    rates: Rates,
) -> dict[str, Any]:
    """Take a step: clip gradients, decay weights, move them, and constrain them.

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
    new: dict[str, Any] = {STEP: steps}
    move, own_rates = move_of(spec, rates, ops.cast(steps, "float32")), rates_of(spec, rates)
    bounded = clipped(spec, [gradients[name] for name in trained], rates)
    for i, ((name, variable), gradient) in enumerate(zip(trained.items(), bounded, strict=True)):
        value, (rate, decay) = state[name], own_rates(variable)
        if decay is not None:
            value = value - value * decay
        kept = {slot: state[slot_name(i, slot)] for slot in slots_kept(spec, variable)}
        change, kept = move(value, kept, gradient, rate)
        value = value - change
        if variable.constraint is not None:
            value = variable.constraint(value)
        new[name] = value
        new |= {slot_name(i, slot): own for slot, own in kept.items()}
    return new


def clipped(spec: Spec, gradients: Sequence[Any], rates: Rates) -> list[Any]:
    """Return gradients within the bounds of a configuration: on each number, on the norm of each
    gradient, then on that of all together."""
    if spec.clipvalue:
        bound = rates["clipvalue"]
        gradients = [ops.minimum(ops.maximum(gradient, -bound), bound) for gradient in gradients]
    if spec.clipnorm:
        norms = [ops.sqrt(squares(gradient)) for gradient in gradients]
        gradients = [
            gradient * _within(rates["clipnorm"], norm)
            for gradient, norm in zip(gradients, norms, strict=True)
        ]
    if spec.global_clipnorm:
        norm = ops.sqrt(sum(map(squares, gradients)))
        # As in Keras, so that whoever looks for what is not finite finds it.
        share = ops.where(ops.isfinite(norm), _within(rates["global_clipnorm"], norm), np.nan)
        gradients = [gradient * share for gradient in gradients]
    return list(gradients)


def rates_of(spec: Spec, rates: Rates) -> Callable[[Any], tuple[Any, Any]]:
    """Return what gives the learning rate of a variable, and the share of it that decays in a step;
    None: none."""
    learning_rate = _by_factor(rates["learning_rate"])
    decay = _by_factor(rates["weight_decay"] * rates["learning_rate"])

    def own_rates(variable: Any) -> tuple[Any, Any]:
        rate_factor = getattr(variable, "rate_factor", 1.0)
        decay_factor = getattr(variable, "decay_factor", 1.0)
        decays = spec.weight_decay and decay_factor
        return learning_rate(rate_factor), decay(rate_factor * decay_factor) if decays else None

    return own_rates


def _by_factor(rate: Any) -> Callable[[float], Any]:
    """Return what multiplies a rate: once in a graph by each factor, by 1 not at all."""
    return cache(lambda factor: rate if factor == 1.0 else rate * factor)


def _within(bound: Any, norm: Any) -> Any:
    """Return by what to multiply what has a norm, so that it is within a bound."""
    return bound / ops.maximum(norm, bound)
