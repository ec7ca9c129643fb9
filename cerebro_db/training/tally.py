"""Gathers losses and predictions over calls, and measures them in the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of
from cerebro_db.training import metrics

# Predictions are measured and let go at this many numbers (64 MiB), so that memory is bounded;
# metrics of larger sub-epochs are combined from parts.
_MAX_VALUES = 16 * 1024 * 1024


class Tally:
    """Metrics of the rows seen so far: those of the task, and registered ones by name; of clipped
    predictions, if these are to be clipped. The loss is that of what training minimises."""

    def __init__(
        self,
        output: Output,
        registered: Mapping[str, metrics.Measure] = metrics.NONE,
        *,
        clip: bool = False,
    ) -> None:
        self.rows = 0
        self._output, self._clip = output, clip
        self._registered = registered
        self._loss = 0.0
        self._weight = 0.0
        self._weighted = False
        self._held = 0
        self._targets: list[np.ndarray] = []
        self._weights: list[np.ndarray] = []
        self._predictions: list[np.ndarray] = []
        self._parts: list[tuple[float, dict[str, float]]] = []

    def add(
        self,
        losses: np.ndarray,
        targets: np.ndarray,
        predictions: np.ndarray,
        weights: np.ndarray | None = None,
    ) -> None:
        """Take in rows: sums of losses (in any grouping), targets, the graph's predictions, and how
        much each row counts, with which losses are multiplied; None: all the same."""
        self.rows += len(targets)
        self._weighted = weights is not None
        self._weight += len(targets) if weights is None else float(weights.sum(dtype=np.float64))
        if weights is not None:
            self._weights.append(weights)
        for loss in losses.tolist():
            self._loss += loss
        self._targets.append(targets)
        self._predictions.append(predictions)
        self._held += predictions.size
        if self._held > _MAX_VALUES:
            self._measure()

    def metrics(self) -> dict[str, float]:
        """Return "loss" and the task's metrics, and what the rows count, if not all count the same;
        nothing without rows."""
        if not self.rows:
            return {}
        if self._targets:
            self._measure()
        with np.errstate(all="ignore"):
            # Where no row counts, nothing is lost.
            loss = self._loss / self._weight if self._weight else 0.0
            found = {"loss": loss, **metrics.combine(self._parts)}
        return found | {metrics.WEIGHT: self._weight} if self._weighted else found

    def _measure(self) -> None:
        targets = np.concatenate(self._targets)
        predictions = task_of(self._output).in_own_units(
            self._output, np.concatenate(self._predictions), clip=self._clip
        )
        weights = np.concatenate(self._weights) if self._weights else None
        found = metrics.measure(
            self._output, targets, predictions, self._registered, weights=weights
        )
        weight = len(targets) if weights is None else float(weights.sum(dtype=np.float64))
        self._parts.append((weight, found))
        self._targets, self._predictions, self._weights, self._held = [], [], [], 0
