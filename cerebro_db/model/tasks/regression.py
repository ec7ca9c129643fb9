"""regression: the value of one number, or of several target columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks._base import Answer, Task
from cerebro_db.model.tasks._maths import Array, LossTerms, Maths
from cerebro_db.model.tasks._metrics import Measures, Metric, Weights, mean, nanmean
from cerebro_db.model.tasks._numpy import np
from cerebro_db.words import counted

_RMSE = Metric("rmse", False, "root of the mean squared error")
_MAE = Metric("mae", False, "mean absolute error")
_R2 = Metric("r2", True, "share of the variance explained")


def _rmse(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    """Root of the mean square of each target, averaged over targets."""
    squares = (targets - predictions) ** 2
    if weights is None:
        return float(np.sqrt(squares.mean(axis=0)).mean())
    return float(np.sqrt(np.average(squares, axis=0, weights=weights)).mean())


def _mae(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    return mean(np.abs(targets - predictions), weights)


def _r2(targets: np.ndarray, predictions: np.ndarray, weights: Weights) -> float:
    share = 1.0 if weights is None else weights[:, None].astype(np.float64)
    middle = targets.mean(axis=0) if weights is None else np.average(targets, 0, weights)
    residual = (share * (targets - predictions) ** 2).sum(axis=0)
    spread = (share * (targets - middle) ** 2).sum(axis=0)
    return nanmean(np.where(spread > 0, 1 - residual / spread, np.nan))


class Regression(Task):
    """One standardised value per target column; targets float32 (rows, units), standardised with
    the output's ``means`` and ``scales``. Chunks of folds hold the values themselves, float64."""

    name = "regression"
    labels = "numbers"
    activation = "linear"
    losses = ("mse", "mae", "huber")
    metrics: ClassVar[Measures] = {_RMSE: _rmse, _MAE: _mae, _R2: _r2}
    metric = "rmse"
    of_numbers = True

    def meaning(self, output: Output) -> Any:
        return [self.name, output.columns]

    def row_losses(self, maths: Maths, terms: LossTerms, found: Array, targets: Array) -> Array:
        return _ERRORS[terms.loss](maths, found - self.truth(maths, targets, found))

    def in_own_scale(self, output: Output, targets: np.ndarray) -> np.ndarray:
        """Return values that no scale was learned of yet by the output's; others as they are."""
        if targets.dtype != np.float64:
            return targets
        return self.standardised(output, targets).astype(np.float32)

    def targets_in_own_units(self, output: Output, targets: np.ndarray) -> np.ndarray:
        return self.in_own_units(output, targets.reshape(-1, output.units))

    def in_own_units(
        self, output: Output, predictions: np.ndarray, *, clip: bool = False
    ) -> np.ndarray:
        scales, means = np.asarray(output.scales), np.asarray(output.means)
        found: np.ndarray = predictions.astype(np.float64) * scales + means
        return np.clip(found, output.lows, output.highs) if clip else found

    def standardised(self, output: Output, predictions: np.ndarray) -> np.ndarray:
        standard: np.ndarray = (
            predictions.astype(np.float64) - np.asarray(output.means)
        ) / np.asarray(output.scales)
        return standard

    def answers(
        self, output: Output, predictions: np.ndarray, thresholds: np.ndarray | None
    ) -> list[Answer]:
        """Return the value of each row, or the values in the order of the target columns."""
        del thresholds
        if output.units == 1:
            return [_number(value) for value in predictions[:, 0]]
        return [list(map(_number, row)) for row in predictions]

    def prediction(self, output: Output) -> Literal["text", "number", "numbers"]:
        return "number" if output.units == 1 else "numbers"

    def has_score(self, output: Output) -> bool:
        return output.units == 1

    def scores(self, output: Output, predictions: np.ndarray) -> np.ndarray:
        if not self.has_score(output):
            raise InvalidArgument(
                f"a run with {counted(output.units, 'target')} has no single score",
                detail="Its targets are " + ", ".join(output.columns) + ".",
                hint="Use cerebro_proba, which returns the value of each.",
            )
        return super().scores(output, predictions)

    def by_name(
        self, output: Output, predictions: np.ndarray
    ) -> tuple[tuple[str, ...], np.ndarray]:
        return output.columns, predictions


def _number(value: np.floating) -> str:
    """Return the shortest text that means this float32: more digits would be noise."""
    return str(np.float32(value))


def _huber(maths: Maths, errors: Array) -> Array:
    """Quadratic up to one standard deviation, linear beyond."""
    size = abs(errors)
    return maths.where(size <= 1.0, 0.5 * maths.square(errors), size - 0.5)


_ERRORS: dict[str, Callable[[Maths, Array], Array]] = {
    "mse": lambda maths, errors: maths.square(errors),
    "mae": lambda maths, errors: abs(errors),
    "huber": _huber,
}
