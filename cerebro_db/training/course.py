"""The rates of a configuration that change, step by step."""

from __future__ import annotations

import numpy as np

from cerebro_db.model.rates import rates, scheduled
from cerebro_db.model.spec import Spec
from cerebro_db.training._base import Progress


class Course:
    """What the scheduled rates of a unit come to.

    They are worked out for whole chunks: so they do not depend on how these are cut into calls.

    Args:
        spec: the configuration.
        epoch: the unit's.
        progress: how far the configuration has come.

    Raises:
        ValueError: something has a schedule, and nobody says how far the configuration is.
    """

    def __init__(self, spec: Spec, epoch: int, progress: Progress | None) -> None:
        values = rates(spec)
        self._shapes = [(values[name], shape) for name, shape in scheduled(spec).items()]
        self._done, self._all = 0, 1
        if self._shapes:
            if progress is None:
                raise ValueError("a configuration with a schedule has to know its progress")
            self._done, self._all = progress.steps(epoch, spec.batch_size)

    def ahead(self, steps: int) -> np.ndarray:
        """Return the rates of the next so many steps, float32 (steps, rates), and go on."""
        begin, self._done = self._done, self._done + steps
        if not self._shapes:
            return np.zeros((steps, 0), np.float32)
        found = [
            [value * shape(step / self._all) for value, shape in self._shapes]
            for step in range(begin, self._done)
        ]
        return np.array(found, np.float32).reshape(steps, len(self._shapes))
