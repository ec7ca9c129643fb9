"""The optimizers: their own parameters, the defaults that differ between them, and what they keep.

Their steps are in ``training/keras/optimizers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cerebro_db.model.layers.shapes import Shape
from cerebro_db.model.parameters import Parameter
from cerebro_db.model.values import flag, integer, number, optional


@dataclass(frozen=True)
class Weight:
    """A trained weight, as optimizers see it: whether it ``embeds``, with a vector for each id."""

    shape: Shape
    embeds: bool = False


@dataclass(frozen=True)
class Slot:
    """What an optimizer keeps of a trained weight: numbers that all begin as ``start``."""

    shape: Shape
    start: float = 0.0


Slots = dict[str, Slot]
"""What an optimizer keeps of one weight, by name."""

# From an optimizer's own parameters and a weight to what it keeps of that.
_Keeps = Callable[[Mapping[str, Any], Weight], Slots]

# From the same to what a step on it costs.
_Costs = Callable[[Mapping[str, Any], Weight], int]


def _little(parameters: Mapping[str, Any], weight: Weight) -> int:
    """Count nothing: a step is a few operations for each number of the weight, as adam's."""
    return 0


@dataclass(frozen=True)
class OptimizerKind:
    """An optimizer, beside what all share.

    Args:
        learning_rate: by default.
        parameters: its own.
        keeps: what it keeps of a weight.
        weight_decay: by default.
        work: operations of a step on a weight, as of a large matrix product.
        graph: what more there is to compile for it than with adam, in dense layers.
    """

    learning_rate: float
    parameters: tuple[Parameter, ...]
    keeps: _Keeps
    weight_decay: float = 0.0
    work: _Costs = _little
    graph: _Costs = _little


def _alike(weight: Weight, *names: str) -> Slots:
    """Return slots of the weight's own shape."""
    return {name: Slot(weight.shape) for name in names}


def _adam(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    return _alike(weight, "mean", "square", *(["most"] if parameters["amsgrad"] else []))


def _sgd(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    return _alike(weight, "momentum") if parameters["momentum"] else {}


def _rmsprop(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    centered = ["mean"] if parameters["centered"] else []
    return _alike(weight, *centered, "momentum", "square")


def _adagrad(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    return {"sum": Slot(weight.shape, parameters["initial_accumulator_value"])}


def _nadam(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    # The product of all momenta so far: the same number for each weight.
    return _alike(weight, "mean", "square") | {"product": Slot((), 1.0)}


def _lion(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    return _alike(weight, "momentum")


def _adafactor(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    """Factor the second moments over the last two axes, where there are two: that is its point."""
    *lead, last = weight.shape or (1,)
    if not lead:
        return _alike(weight, "square")
    return {"rows": Slot(tuple(lead)), "columns": Slot((*lead[:-1], last))}


def _muon(parameters: Mapping[str, Any], weight: Weight) -> Slots:
    return _alike(weight, *(["momentum"] if _orthogonal(weight) else ["mean", "square"]))


def _muon_work(parameters: Mapping[str, Any], weight: Weight) -> int:
    """Count three products for each step of the iteration of Newton and Schulz."""
    if not _orthogonal(weight):
        return 0
    small, large = sorted(weight.shape)
    return parameters["ns_steps"] * 2 * small * small * (2 * large + small)


def _muon_graph(parameters: Mapping[str, Any], weight: Weight) -> int:
    return 2 * _orthogonal(weight)


def _for_kernels(parameters: Mapping[str, Any], weight: Weight) -> int:
    return int(len(weight.shape) > 1)


def _orthogonal(weight: Weight) -> bool:
    """Return whether muon moves a weight as a matrix, and not as adam does: Keras' Muon does so
    with all that have two axes, but for embeddings."""
    return len(weight.shape) == 2 and not weight.embeds


_rate = number(0, 1)
_EPSILON = Parameter("epsilon", number(0, above=True), 1e-7, "keeps divisions finite")
_MOMENTUM = Parameter("momentum", _rate, 0.0, "share of the last step in the next")
_BETA_1 = Parameter("beta_1", _rate, 0.9, "decay of the first moment")
_BETA_2 = Parameter("beta_2", _rate, 0.999, "decay of the second moment")
_NESTEROV = Parameter(
    "nesterov",
    flag,
    False,
    "look ahead by one step",
    counts=lambda values: bool(values["momentum"]),
)
_ADAM = (
    _BETA_1,
    _BETA_2,
    Parameter("amsgrad", flag, False, "divide by the largest second moment so far"),
    _EPSILON,
)
_ADAFACTOR = (
    Parameter("beta_2_decay", number(-1, 0), -0.8, "power of the step by which less is forgotten"),
    Parameter("epsilon_1", number(0, above=True), 1e-30, "added to squared gradients"),
    Parameter("epsilon_2", number(0, above=True), 1e-3, "least size of weights that steps go by"),
    Parameter("clip_threshold", number(0, above=True), 1.0, "bound on the size of a step"),
)
_MUON = (
    replace(_MOMENTUM, default=0.95),
    replace(_NESTEROV, default=True),
    Parameter("ns_steps", integer(1, 20), 5, "steps of the iteration of Newton and Schulz"),
    Parameter(
        "rms_rate",
        optional(number(0, above=True)),
        0.2,
        "size of a step beside one of adam; null: whatever the shape makes of it",
    ),
    Parameter("adam_beta_1", _rate, 0.9, "decay of the first moment of what is no matrix"),
    Parameter("adam_beta_2", _rate, 0.999, "decay of the second moment of what is no matrix"),
    Parameter(
        "adam_lr_ratio",
        number(0, above=True),
        1.0,
        "share of the rate for what is no matrix",
    ),
    _EPSILON,
)

OPTIMIZERS = {
    "adam": OptimizerKind(0.001, _ADAM, _adam),
    "adamw": OptimizerKind(0.001, _ADAM, _adam, weight_decay=0.004),
    "sgd": OptimizerKind(
        0.01,
        (_MOMENTUM, _NESTEROV),
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
    "nadam": OptimizerKind(0.001, (_BETA_1, _BETA_2, _EPSILON), _nadam, graph=_for_kernels),
    "adafactor": OptimizerKind(0.001, _ADAFACTOR, _adafactor, graph=_for_kernels),
    "lion": OptimizerKind(0.001, (_BETA_1, replace(_BETA_2, default=0.99)), _lion),
    "muon": OptimizerKind(
        0.001, _MUON, _muon, weight_decay=0.004, work=_muon_work, graph=_muon_graph
    ),
}


def optimizer_names() -> tuple[str, ...]:
    """Return the names of the parameters of all optimizers together."""
    return tuple(dict.fromkeys(p.name for o in OPTIMIZERS.values() for p in o.parameters))


def slots_of(name: str, parameters: Mapping[str, Any], weight: Weight) -> Slots:
    """Return what an optimizer with these parameters of its own keeps of a weight."""
    return OPTIMIZERS[name].keeps(parameters, weight)
