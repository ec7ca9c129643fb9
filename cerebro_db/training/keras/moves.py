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


def squares(x: Any) -> Any:
    """Return the sum of the squares of all numbers of a tensor."""
    return ops.sum(ops.square(x))


def _adam(spec: Spec, rates: Rates, step: Any) -> Move:
    return _adam_with(rates["beta_1"], rates["beta_2"], rates["epsilon"], step)


def _adam_with(beta_1: Any, beta_2: Any, epsilon: Any, step: Any) -> Move:
    corrected = ops.sqrt(1.0 - beta_2**step) / (1.0 - beta_1**step)

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        mean = kept["mean"] + (gradient - kept["mean"]) * (1.0 - beta_1)
        square = kept["square"] + (ops.square(gradient) - kept["square"]) * (1.0 - beta_2)
        new = {"mean": mean, "square": square}
        if "most" in kept:
            new["most"] = ops.maximum(kept["most"], square)
        root = ops.sqrt(new.get("most", square))
        return rate * corrected * mean / (root + epsilon), new

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


def _nadam(spec: Spec, rates: Rates, step: Any) -> Move:
    """Move as Nadam does (Dozat 2016), whose momentum rises from step to step."""
    beta_1, beta_2 = rates["beta_1"], rates["beta_2"]
    now, ahead = (beta_1 * (1.0 - 0.5 * ops.power(0.96, step + more)) for more in (0.0, 1.0))
    rest, newer, newer_square = 1.0 - now, 1.0 - beta_1, 1.0 - beta_2
    seen = 1.0 - beta_2**step

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        product = kept["product"] * now
        mean = kept["mean"] + (gradient - kept["mean"]) * newer
        square = kept["square"] + (ops.square(gradient) - kept["square"]) * newer_square
        drawn = mean * (ahead / (1.0 - product * ahead)) + gradient * (rest / (1.0 - product))
        new = {"mean": mean, "square": square, "product": product}
        return drawn * rate / (ops.sqrt(square / seen) + rates["epsilon"]), new

    return move


def _lion(spec: Spec, rates: Rates, step: Any) -> Move:
    """Move as Lion does (Chen et al. 2023): by the learning rate, in the direction of a sign."""
    beta_1, beta_2 = rates["beta_1"], rates["beta_2"]
    newer, newest = 1.0 - beta_1, 1.0 - beta_2

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        momentum = kept["momentum"]
        sign = ops.sign(momentum * beta_1 + gradient * newer)
        return rate * sign, {"momentum": momentum * beta_2 + gradient * newest}

    return move


def _adafactor(spec: Spec, rates: Rates, step: Any) -> Move:
    """Move as Adafactor does (Shazeer and Stern 2018), in the way of Keras: relative steps are no
    longer than the learning rate says."""
    falling = 1.0 / ops.sqrt(step)
    new_share = step ** rates["beta_2_decay"]
    kept_share = 1.0 - new_share

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        size = ops.maximum(rates["epsilon_2"], _root_mean_square(value))
        squared = ops.square(gradient) + rates["epsilon_1"]
        found = {"square": squared}
        if "rows" in kept:
            found = {"rows": ops.mean(squared, axis=-1), "columns": ops.mean(squared, axis=-2)}
        new = {name: kept_share * kept[name] + new_share * one for name, one in found.items()}
        change = gradient / ops.sqrt(_second_moments(new))
        excess = ops.maximum(1.0, _root_mean_square(change) / rates["clip_threshold"])
        return size * ops.minimum(rate, falling) * (change / excess), new

    return move


def _second_moments(kept: Kept) -> Any:
    """Return the second moments of a weight, factored or not."""
    if "square" in kept:
        return kept["square"]
    rows = kept["rows"] / ops.mean(kept["rows"], axis=-1, keepdims=True)
    return ops.expand_dims(rows, -1) * ops.expand_dims(kept["columns"], -2)


def _root_mean_square(x: Any) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))


def _muon(spec: Spec, rates: Rates, step: Any) -> Move:
    """Move matrices as Muon does (Jordan et al. 2024), with the sizes of steps of Moonlight (Liu et
    al. 2025), and all else as Adam does: both as in Keras."""
    own = spec.optimizer_parameters
    adam = _adam_with(rates["adam_beta_1"], rates["adam_beta_2"], rates["epsilon"], step)

    def move(value: Any, kept: Kept, gradient: Any, rate: Any) -> tuple[Any, Kept]:
        if "momentum" not in kept:
            return adam(value, kept, gradient, rate * rates["adam_lr_ratio"])
        momentum = kept["momentum"] + (gradient + kept["momentum"] * (rates["momentum"] - 1.0))
        drawn = gradient + rates["momentum"] * momentum if own["nesterov"] else momentum
        rows, columns = value.shape
        change = rate * _orthogonalised(drawn, own["ns_steps"], tall=rows > columns)
        if own["rms_rate"]:
            change = change * max(rows, columns) ** 0.5 * rates["rms_rate"]
        return change, {"momentum": momentum}

    return move


def _orthogonalised(x: Any, steps: int, *, tall: bool) -> Any:
    """Return about U V' of a matrix U S V', by steps of the iteration of Newton and Schulz."""
    a, b, c = _QUINTIC
    x = ops.transpose(x) if tall else x
    x = x / (ops.sqrt(squares(x)) + 1e-7)
    for _ in range(steps):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if tall else x


# Of Jordan et al.: they are steep at 0, and so bring what is small up in few steps.
_QUINTIC = (3.4445, -4.7750, 2.0315)

_METHODS: dict[str, Callable[[Spec, Rates, Any], Move]] = {
    "adam": _adam,
    "adamw": _adam,
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "nadam": _nadam,
    "adafactor": _adafactor,
    "lion": _lion,
    "muon": _muon,
}
