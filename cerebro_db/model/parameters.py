"""A named hyper-parameter, and the ones that every model has whatever its architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.schedules import SHAPES
from cerebro_db.model.values import Check, choice, flag, integer, number, optional, refused, text


def always(values: dict[str, Any]) -> bool:
    """Count whatever the other values are."""
    return True


@dataclass(frozen=True)
class Parameter:
    """A hyper-parameter: its name, what it accepts, what it is by default, and one line of doc.

    ``counts`` says whether it makes any difference beside the values of the others, which are all
    there, as given or by default, and not checked yet.
    """

    name: str
    check: Check
    default: Any
    doc: str
    counts: Callable[[dict[str, Any]], bool] = always


def checked(parameters: Iterable[Parameter], values: dict[str, Any]) -> dict[str, Any]:
    """Return a value for each parameter: the given one in canonical form, or the default.

    Raises:
        InvalidArgument: a value is of the wrong type or out of range.
    """
    return {p.name: _value(p, values) for p in parameters}


def label_weights(value: Any, where: str) -> str | float | dict[str, float]:
    """Accept "balanced", how far towards that from 0 to 1, or a weight above 0 for each class."""
    if value == "balanced" or (value == 1 and not isinstance(value, bool)):
        return "balanced"
    if not isinstance(value, dict) or not value:
        wanted = 'null, "balanced", a number from 0 to 1 or an object of class and weight'
        try:
            return number(0, 1)(value, where)
        except InvalidArgument:
            raise refused(where, wanted, value) from None
    positive = number(0, above=True)
    return {label: positive(weight, f"{where}[{label}]") for label, weight in value.items()}


def _value(parameter: Parameter, values: dict[str, Any]) -> Any:
    if parameter.name not in values:
        return parameter.default
    try:
        return parameter.check(values[parameter.name], parameter.name)
    except InvalidArgument as error:
        error.hint = f"{error.hint} ({parameter.name}: {parameter.doc})"
        raise


def default_batch_size(rows: int | None) -> int:
    """Return the rows in a mini-batch for so many training rows; None stands for many.

    Small data wants small batches, to take enough steps an epoch.
    """
    if rows is None or rows >= 100_000:
        return 256
    return 32 if rows < 10_000 else 128


# Those of ``model/optimizers.py``.
_OPTIMIZERS = (
    *("adam", "adamw", "sgd", "rmsprop", "adagrad"),
    *("nadam", "adafactor", "lion", "muon"),
)

# Defaults of null depend on the optimizer (learning_rate, weight_decay), on the number of rows
# (batch_size) or on the task (loss).
TRAINING = (
    Parameter(
        "optimizer",
        choice(*_OPTIMIZERS),
        "adam",
        "how weights move",
    ),
    Parameter("learning_rate", number(0, above=True), None, "size of a step"),
    Parameter("batch_size", optional(integer(1, 1_048_576)), None, "rows in a mini-batch"),
    Parameter("weight_decay", optional(number(0)), None, "decay of weights beside the gradient"),
    Parameter("l2", number(0), 0.0, "penalty on the squares of all kernels, within the loss"),
    Parameter("clipnorm", optional(number(0, above=True)), None, "bound on each gradient's norm"),
    Parameter(
        "global_clipnorm",
        optional(number(0, above=True)),
        None,
        "bound on the norm of all gradients",
    ),
    Parameter(
        "clipvalue", optional(number(0, above=True)), None, "bound on each number of gradients"
    ),
    Parameter(
        "label_weights", optional(label_weights), None, "how much the rows of each class count"
    ),
    Parameter("label_smoothing", number(0, 1), 0.0, "how far targets are drawn to the average"),
    Parameter("loss", optional(text), None, "what is minimised"),
    Parameter("schedule", optional(choice(*SHAPES)), None, "course of the learning rate"),
    Parameter("warmup", number(0, 1), 0.0, "share of all steps in which the learning rate rises"),
    Parameter("dropout_schedule", optional(choice(*SHAPES)), None, "course of all dropout"),
    Parameter("weight_decay_schedule", optional(choice(*SHAPES)), None, "course of weight_decay"),
    Parameter(
        "ema",
        optional(number(0, 1, above=True)),
        None,
        "rate at which the averages of weights forget that predict in their place",
    ),
    Parameter("clip", flag, False, "keep predictions within the range of the training targets"),
)
