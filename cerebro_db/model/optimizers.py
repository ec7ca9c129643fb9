"""The optimizers: their own parameters, the defaults that differ between them, and what they keep.

Their steps are in ``training/keras/optimizers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cerebro_db.model.layers.shapes import Shape
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.values import flag, number


@dataclass(frozen=True)
class Slot:
    """What an optimizer keeps of a trained weight: numbers that all begin as ``start``."""

    shape: Shape
    start: float = 0.0


Slots = dict[str, Slot]
"""By name, in the order in which a state has them."""

# From an optimizer's own parameters and the shape of a weight to what it keeps of that.
_Keeps = Callable[[Mapping[str, Any], Shape], Slots]


@dataclass(frozen=True)
class OptimizerKind:
    """An optimizer's parameters beyond those that all share, its defaults for two of these, and
    what it keeps."""

    learning_rate: float
    parameters: tuple[Parameter, ...]
    keeps: _Keeps
    weight_decay: float = 0.0


def _alike(shape: Shape, *names: str) -> Slots:
    """Return slots of the weight's own shape."""
    return {name: Slot(shape) for name in names}


def _adam(parameters: Mapping[str, Any], shape: Shape) -> Slots:
    return _alike(shape, "mean", "square", *(["most"] if parameters["amsgrad"] else []))


def _sgd(parameters: Mapping[str, Any], shape: Shape) -> Slots:
    return _alike(shape, "momentum") if parameters["momentum"] else {}


def _rmsprop(parameters: Mapping[str, Any], shape: Shape) -> Slots:
    centered = ["mean"] if parameters["centered"] else []
    return _alike(shape, *centered, "momentum", "square")


def _adagrad(parameters: Mapping[str, Any], shape: Shape) -> Slots:
    return {"sum": Slot(shape, parameters["initial_accumulator_value"])}


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
    "adam": OptimizerKind(0.001, _ADAM, _adam),
    "adamw": OptimizerKind(0.001, _ADAM, _adam, weight_decay=0.004),
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
        _sgd,
    ),
    "rmsprop": OptimizerKind(
        0.001,
        (
            Parameter("rho", _rate, 0.9, "decay of the squared gradients"),
            _MOMENTUM,
            _EPSILON,
            Parameter("centered", flag, False, "divide by the variance of the gradients"),
        ),
        _rmsprop,
    ),
    "adagrad": OptimizerKind(
        0.01,
        (
            Parameter("initial_accumulator_value", number(0), 0.1, "start of the squared sums"),
            _EPSILON,
        ),
        _adagrad,
    ),
}


def optimizer_names() -> tuple[str, ...]:
    """Return the names of the parameters of all optimizers together."""
    return tuple(dict.fromkeys(p.name for o in OPTIMIZERS.values() for p in o.parameters))


def slots_of(name: str, parameters: Mapping[str, Any], shape: Shape) -> Slots:
    """Return what an optimizer with these parameters of its own keeps of a weight of this shape."""
    return OPTIMIZERS[name].keeps(parameters, shape)
