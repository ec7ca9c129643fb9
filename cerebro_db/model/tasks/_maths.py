"""What a task's loss is computed with: numpy, or the framework that trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

Array = Any
"""An array of numpy, or a tensor of a framework."""


@dataclass(frozen=True)
class LossTerms:
    """What a configuration says of its loss.

    Args:
        loss: its name, one of the task's.
        label_weights: of each class or label; None: all count the same.
        label_smoothing: a number, or a scalar of the framework; None: none at all.
    """

    loss: str
    label_weights: tuple[float, ...] | None
    label_smoothing: Any


class Maths(Protocol):
    """The operations of losses, on what a model ``found``: logits in the frameworks, probabilities
    in numpy, which reads predictions that are there. Values that are no logits are the same in
    both, standardised."""

    def constant(self, values: Any) -> Array:
        """Return numbers as an array of what losses are computed in."""

    def like(self, targets: Array, found: Array) -> Array:
        """Return targets in the shape of what was found."""

    def of_class(self, values: Array, classes: Array) -> Array:
        """Return the value of each class, the shape of ``classes``."""

    def yes(self, found: Array) -> Array:
        """Return the probability that each logit means by itself, the shape of ``found``."""

    def surprise(self, found: Array, targets: Array) -> Array:
        """Return how surprising each target from 0 to 1 is, the shape of ``found``: of 1 it is
        -log p, of 0 it is -log (1 - p), and in between so much of each."""

    def surprise_of_class(self, found: Array, classes: Array) -> Array:
        """Return -log of the probability of each class, the shape of ``classes``; ``found`` has
        an axis more, the last."""

    def mean_surprise(self, found: Array) -> Array:
        """Return the mean over the last axis, of classes, of -log of their probability."""

    def exp(self, x: Array) -> Array:
        """Return e to the power of each."""

    def square(self, x: Array) -> Array:
        """Return the square of each."""

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """Return each of ``yes`` where the condition holds, else of ``no``."""
