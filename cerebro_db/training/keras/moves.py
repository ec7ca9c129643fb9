"""How the optimizers move weights, of Keras' operations: the same on every framework.

A framework that changes variables in their place, and has kernels for that, may have faster ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras import ops

from cerebro_db.model.spec import Spec

Rates = Mapping[str, Any]
"""Scalars by name; see ``model/rates.py``."""

Kept = dict[str, Any]
"""What is in the slots of one weight, by their names."""

# From a weight, what is kept of it, its gradient and its learning rate: what is subtracted from it,
# and what is kept from then on.
Move = Callable[[Any, Kept, Any, Any], tuple[Any, Kept]]


def move_of(spec: Spec, rates: Rates, step: Any) -> Move:
    """Return how a configuration's optimizer moves weights in a step, the first of which is 1."""
    return _METHODS[spec.optimizer](spec, rates, step)


def _adam(spec: Spec, rates: Rates, step: Any) -> Move:
    beta_1, beta_2 = rates["beta_1"], rates["beta_2"]
    corrected = ops.sqrt(1.0 - beta_2**step) / (1.0 - beta_1**step)

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        mean = kept["mean"] + (gradient - kept["mean"]) * (1.0 - beta_1)
        square = kept["square"] + (ops.square(gradient) - kept["square"]) * (1.0 - beta_2)
        new = {"mean": mean, "square": square}
        if "most" in kept:
            new["most"] = ops.maximum(kept["most"], square)
        root = ops.sqrt(new.get("most", square))
        return rate * corrected * mean / (root + rates["epsilon"]), new

    return move


def _sgd(spec: Spec, rates: Rates, step: Any) -> Move:
    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        if not kept:
            return rate * gradient, {}
        momentum = kept["momentum"] * rates["momentum"] - rate * gradient
        if spec.optimizer_parameters["nesterov"]:
            return rate * gradient - momentum * rates["momentum"], {"momentum": momentum}
        return -momentum, {"momentum": momentum}

    return move


def _rmsprop(spec: Spec, rates: Rates, step: Any) -> Move:
    share = 1.0 - rates["rho"]

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        square = kept["square"] + (ops.square(gradient) - kept["square"]) * share
        new = {"square": square}
        variance = square
        if "mean" in kept:
            new["mean"] = kept["mean"] + (gradient - kept["mean"]) * share
            variance = square - ops.square(new["mean"])
        moved = rate * gradient * ops.rsqrt(variance + rates["epsilon"])
        new["momentum"] = kept["momentum"] * rates["momentum"] + moved
        return new["momentum"], new

    return move


def _adagrad(spec: Spec, rates: Rates, step: Any) -> Move:
    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        total = kept["sum"] + ops.square(gradient)
        return rate * gradient * ops.rsqrt(total + rates["epsilon"]), {"sum": total}

    return move


_METHODS: dict[str, Callable[[Spec, Rates, Any], Move]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
