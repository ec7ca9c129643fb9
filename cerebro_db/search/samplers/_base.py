"""What draws the candidates of a method that learns where to look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class Sampler(ABC):
    """Draws candidates, each another than those before.

    What it draws is a function of its seed and of what it drew and was told before, in that order.
    It is told of trials that it drew, by their numbers.
    """

    LEARNS: ClassVar[bool] = False
    """Whether what it is told makes a difference."""

    @abstractmethod
    def sample(self, trial: int) -> dict[str, Any] | None:
        """Return the values of a trial; None: the space seems to hold no other ones."""

    @abstractmethod
    def learn(self, trial: int, epoch: int, value: float, through: bool) -> None:
        """Take in what a trial came to after an epoch: the higher, the better. Epochs only rise.

        Args:
            through: whether it is all that the trial could come to: it has trained to its end.
        """

    @abstractmethod
    def fail(self, trial: int) -> None:
        """Take in that a trial came to nothing."""
