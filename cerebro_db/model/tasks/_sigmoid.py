"""What tasks have in common whose units are probabilities, each by itself."""

from __future__ import annotations

from abc import abstractmethod

from cerebro_db.model.tasks._base import FOCUS, Task
from cerebro_db.model.tasks._maths import Array, LossTerms, Maths


class Sigmoid(Task):
    """Targets are float32, 0 or 1."""

    activation = "sigmoid"
    losses = ("binary_crossentropy", "focal")
    takes_threshold = True

    def row_losses(self, maths: Maths, terms: LossTerms, found: Array, targets: Array) -> Array:
        """Return (rows, units) of losses."""
        targets = smooth = self.truth(maths, targets, found)
        if terms.label_smoothing is not None:
            smooth = targets + terms.label_smoothing * (0.5 - targets)
        losses = maths.surprise(found, smooth)
        if terms.loss == "focal":
            losses = losses * abs(targets - maths.yes(found)) ** FOCUS
        if terms.label_weights is not None:
            losses = losses * self.weights(maths, terms.label_weights, targets)
        return losses

    @abstractmethod
    def weights(self, maths: Maths, label_weights: tuple[float, ...], targets: Array) -> Array:
        """Return how much each target counts, the shape of ``targets`` or what goes with it."""
