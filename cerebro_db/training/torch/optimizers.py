"""Adam's step on all numbers that take the same rates at once, in one call of PyTorch's own kernel.

Those of other optimizers are operations among all others: see ``keras/optimizers.py``, also for the
factors that a variable may have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from cerebro_db.model.spec import Spec
from cerebro_db.training.torch.memory import Memory

Numbers = Mapping[str, float]
"""Rates of a step by name; see model.rates."""


def is_adam(spec: Spec) -> bool:
    """Return whether a configuration's optimizer is one of these."""
    return spec.optimizer in ("adam", "adamw")


def slots_of_adam(spec: Spec) -> tuple[str, ...]:
    """Return the names of what it keeps of each number."""
    return (
        ("mean", "square", "most") if spec.optimizer_parameters["amsgrad"] else ("mean", "square")
    )


@dataclass(frozen=True)
class _Span:
    """Numbers that are trained and take the same rates, one behind the other: all are flat views.

    Args:
        values: the numbers.
        gradient: theirs.
        slots: what the optimizer keeps of them.
        rate_factor, decay_factor: see ``keras/optimizers.py``.
    """

    values: Tensor
    gradient: Tensor
    slots: Mapping[str, Tensor]
    rate_factor: float
    decay_factor: float


class Adam:
    """What moves the numbers of a memory that are trained, against their gradients."""

    def __init__(self, spec: Spec, variables: Sequence[Any], memory: Memory) -> None:
        self._spec = spec
        self._constrained = [
            (memory.tensors[name], variable.constraint)
            for name, variable in zip(memory.trained, variables, strict=True)
            if variable.constraint is not None
        ]
        gradient = torch.zeros_like(memory.flat)
        sizes = [int(memory.tensors[name].numel()) for name in memory.trained]
        shapes = [memory.tensors[name].shape for name in memory.trained]
        self._gradients = [
            part.view(shape) for part, shape in zip(gradient.split(sizes), shapes, strict=True)
        ]
        self._spans, first = [], 0
        for factors, several in groupby(zip(variables, sizes, strict=True), key=_factors):
            last = first + sum(size for _, size in several)
            slots = {name: slot[first:last] for name, slot in memory.slots.items()}
            span = _Span(memory.flat[first:last], gradient[first:last], slots, *factors)
            self._spans.append(span)
            first = last

    def step(self, gradients: Sequence[Tensor], rates: Numbers, steps: int) -> None:
        """Take a step: decay weights, move them, and constrain them.

        Args:
            gradients: of each variable, in order, within the bounds of the configuration.
            rates: of this step.
            steps: how many were taken, this one included.
        """
        torch._foreach_copy_(self._gradients, gradients)
        for span in self._spans:
            rate = rates["learning_rate"] * span.rate_factor
            if self._spec.weight_decay and span.decay_factor:
                span.values.mul_(1.0 - rates["weight_decay"] * rate * span.decay_factor)
            _move(span, rates, rate, steps)
        for values, constraint in self._constrained:
            values.copy_(constraint(values))


def _factors(entry: tuple[Any, int]) -> tuple[float, float]:
    variable, _ = entry
    return getattr(variable, "rate_factor", 1.0), getattr(variable, "decay_factor", 1.0)


def _move(span: _Span, rates: Numbers, rate: float, steps: int) -> None:
    # PyTorch corrects the second moment before it adds epsilon, TensorFlow after that.
    correction = sqrt(1.0 - rates["beta_2"] ** steps)
    most = span.slots.get("most")
    torch._fused_adam_(
        [span.values],
        [span.gradient],
        [span.slots["mean"]],
        [span.slots["square"]],
        [] if most is None else [most],
        [torch.tensor(float(steps))],
        lr=rate,
        beta1=rates["beta_1"],
        beta2=rates["beta_2"],
        weight_decay=0.0,
        eps=rates["epsilon"] / correction,
        amsgrad=most is not None,
        maximize=False,
    )
