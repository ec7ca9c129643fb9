"""The optimizers: their own parameters, and the defaults that differ between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.model.parameters import Parameter
from cerebro_db.model.values import flag, number


@dataclass(frozen=True)
class OptimizerKind:
    """An optimizer's parameters beyond those that all share, and its defaults for two of these."""

    learning_rate: float
    parameters: tuple[Parameter, ...]
    weight_decay: float = 0.0


_rate = number(0, 1)
_EPSILON = Parameter("epsilon", number(0, above=True), 1e-7, "keeps divisions finite")
_MOMENTUM = Parameter("momentum", _rate, 0.0, "share of the last step in the next")
_ADAM = (
    Parameter("beta_1", _rate, 0.9, "decay of the first moment"),
    Parameter("beta_2", _rate, 0.999, "decay of the second moment"),
    Parameter("amsgrad", flag, False, "divide by the largest second moment so far"),
    _EPSILON,
)

OPTIMIZERS = {
    "adam": OptimizerKind(0.001, _ADAM),
    "adamw": OptimizerKind(0.001, _ADAM, weight_decay=0.004),
    "sgd": OptimizerKind(
        0.01,
        (
            _MOMENTUM,
            Parameter(
                "nesterov",
                flag,
                False,
                "look ahead by one step",
                counts=lambda values: bool(values["momentum"]),
            ),
        ),
    ),
    "rmsprop": OptimizerKind(
        0.001,
        (
            Parameter("rho", _rate, 0.9, "decay of the squared gradients"),
            _MOMENTUM,
            _EPSILON,
            Parameter("centered", flag, False, "divide by the variance of the gradients"),
        ),
    ),
    "adagrad": OptimizerKind(
        0.01,
        (
            Parameter("initial_accumulator_value", number(0), 0.1, "start of the squared sums"),
            _EPSILON,
        ),
    ),
}


def optimizer_names() -> tuple[str, ...]:
    """Return the names of the parameters of all optimizers together."""
    return tuple(dict.fromkeys(p.name for o in OPTIMIZERS.values() for p in o.parameters))


def slots_of(name: str, parameters: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of what an optimizer keeps of each trained variable, in that shape."""
    match name:
        case "adam" | "adamw":
            return ("mean", "square", "most") if parameters["amsgrad"] else ("mean", "square")
        case "sgd":
            return ("momentum",) if parameters["momentum"] else ()
        case "rmsprop":
            kept = ("momentum", "square")
            return ("mean", *kept) if parameters["centered"] else kept
        case _:
            return ("sum",)
