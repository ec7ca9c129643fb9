"""What configurations predict for the same rows, and what follows: members, weights, thresholds.

Rows stay where they are: each configuration has them pass by, and leaves what it predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from cerebro_db.errors import CacheMiss
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS
from cerebro_db.model.spec import Spec
from cerebro_db.model.tasks import task_of
from cerebro_db.tensors import Tensors
from cerebro_db.training import mean_loss, metrics
from cerebro_db.training._base import Predictor
from cerebro_db.training.registered import measures
from cerebro_db.training.selection import select
from cerebro_db.training.thresholds import Wish

_Of = Callable[[Spec, np.ndarray, np.ndarray, np.ndarray | None], metrics.Metrics]


@dataclass(frozen=True)
class Asked:
    """What is to be found out.

    Args:
        configs: of which configurations, best first.
        metric: what ranks them, and whether ``higher_is_better``.
        most: how many members an ensemble may have; 0: none is wanted.
        threshold: which is wanted, see ``Wish.of``; None: none.
    """

    configs: tuple[int, ...]
    metric: str
    higher_is_better: bool
    most: int = 0
    threshold: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Asked:
        """Rebuild what ``to_json`` wrote."""
        return cls(**{**document, "configs": tuple(document["configs"])})


@dataclass(frozen=True)
class Found:
    """What one configuration, or the mean of several, came to.

    Args:
        value: the metric; NaN where the rows do not define it.
        measured: all metrics and the loss.
        thresholds: of each unit, if they were asked for.
    """

    value: float
    measured: dict[str, float]
    thresholds: list[float] | None

    def to_json(self) -> list[Any]:
        """Return plain JSON values."""
        return [str(self.value), metrics.storable(self.measured), self.thresholds]

    @classmethod
    def from_json(cls, document: list[Any]) -> Found:
        """Rebuild what ``to_json`` wrote."""
        value, measured, thresholds = document
        return cls(float(value), metrics.stored(measured), thresholds)


@dataclass(frozen=True)
class Appraised:
    """What was found out: of each configuration by itself, and of the ensemble if there is a better
    one than each of them, with the weights of its members."""

    alone: dict[int, Found]
    members: dict[int, float]
    together: Found | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "alone": [[config, found.to_json()] for config, found in self.alone.items()],
            "members": list(self.members.items()),
            "together": None if self.together is None else self.together.to_json(),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Appraised:
        """Rebuild what ``to_json`` wrote."""
        together = document["together"]
        return cls(
            {config: Found.from_json(found) for config, found in document["alone"]},
            dict(document["members"]),
            None if together is None else Found.from_json(together),
        )


@dataclass
class _Rows:
    """Rows that are measured together, chunk by chunk: the validation rows, or those of a fold; and
    of each configuration the network that predicts them, and what it predicts."""

    truth: list[np.ndarray] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)
    specs: dict[int, Spec] = field(default_factory=dict)
    predicted: dict[int, list[np.ndarray]] = field(default_factory=dict)


class Appraisal:
    """Configurations that predict the same rows, one after the other.

    Where there are folds, the network of each predicts its rows, and metrics are means over folds,
    as those of an epoch are.

    Args:
        poll: called between pieces of work; raises to give up.
    """

    def __init__(self, poll: Callable[[], None]) -> None:
        self._poll = poll
        self._folds: dict[int, _Rows] = {}
        self._config = 0
        self._rows: _Rows
        self._predictor: Predictor

    def begin(self, config: int, spec: Spec, predictor: Predictor, fold: int = 0) -> None:
        """Have a network of a configuration predict the rows that follow: all of its fold, or all
        validation rows."""
        self._config, self._predictor = config, predictor
        self._rows = rows = self._folds.setdefault(fold, _Rows())
        rows.specs[config], rows.predicted[config] = spec, []
        rows.truth.clear()
        rows.weights.clear()

    def evaluate(self, chunk: Tensors) -> None:
        """Predict a chunk of rows."""
        self._poll()
        rows = self._rows
        signature = rows.specs[self._config].signature
        rows.predicted[self._config].append(self._predictor.predict(chunk))
        output = signature.output
        rows.truth.append(task_of(output).in_own_scale(output, chunk[TARGETS]))
        if signature.weighted:
            rows.weights.append(chunk[ROW_WEIGHTS])

    def finish(self, asked: Asked) -> Appraised:
        """Return what was found out.

        Raises:
            CacheMiss: predictions of a configuration are missing.
            CodeFailed: registered code raises.
        """
        folds = [self._folds[fold] for fold in sorted(self._folds)]
        for config in asked.configs:
            if not folds or not all(rows.predicted.get(config) for rows in folds):
                raise CacheMiss(f"there are no predictions of configuration {config}")
        measure = _Measure(asked, folds, self._poll)
        found = {config: measure.predicted(config) for config in asked.configs}
        alone = {config: measure.found(config, predicted) for config, predicted in found.items()}
        members, together = {}, None
        if asked.most > 1 and len(found) > 1:
            members = measure.members(found)
        if len(members) > 1:
            mean = np.zeros(found[asked.configs[0]].shape)
            for config, weight in members.items():
                mean += found[config] * np.float64(weight)
            together = measure.found(next(iter(members)), mean)
        return Appraised(alone, members if together else {}, together)


class _Measure:
    """Measures predictions of the rows of all folds, which follow each other.

    Args:
        asked: what is to be found out.
        folds: the rows, once all have passed by.
        poll: see ``Appraisal``.
    """

    def __init__(self, asked: Asked, folds: Sequence[_Rows], poll: Callable[[], None]) -> None:
        self._asked = asked
        self._folds = folds
        self._poll = poll
        truths = [np.concatenate(rows.truth) for rows in folds]
        self._truth = np.concatenate(truths)
        weights = [part for rows in folds for part in rows.weights]
        # None: they count alike.
        self._weights = np.concatenate(weights) if weights else None
        ends = np.cumsum([len(truth) for truth in truths]).tolist()
        self._parts = [slice(*ends_of) for ends_of in pairwise([0, *ends])]

    def predicted(self, config: int) -> np.ndarray:
        """Return what a configuration has predicted."""
        return np.concatenate([part for rows in self._folds for part in rows.predicted[config]])

    def members(self, found: Mapping[int, np.ndarray]) -> dict[int, float]:
        """Return the members of the best ensemble, with their weights."""
        configs = list(found)
        sign = 1.0 if self._asked.higher_is_better else -1.0

        def score(predictions: np.ndarray) -> float:
            return sign * self._means(configs[0], predictions, self._metric)[self._asked.metric]

        chosen = select(list(found.values()), score, self._asked.most)
        return {configs[one]: weight for one, weight in chosen.items()}

    def found(self, config: int, predictions: np.ndarray) -> Found:
        """Return what predictions come to, by the loss of a configuration."""
        measured = self._means(config, predictions, self._all)
        wish = Wish.of(self._asked.threshold)
        thresholds = None
        if wish is not None:
            thresholds = wish.best(self._truth, predictions, self._weights)
        return Found(measured[self._asked.metric], measured, thresholds)

    def _means(self, config: int, predictions: np.ndarray, measure: _Of) -> metrics.Metrics:
        """Return the means over folds of metrics of each."""
        found = []
        for rows, part in zip(self._folds, self._parts, strict=True):
            self._poll()
            weights = None if self._weights is None else self._weights[part]
            found.append(measure(rows.specs[config], self._truth[part], predictions[part], weights))
        return metrics.mean(found)

    def _metric(
        self, spec: Spec, truth: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None
    ) -> metrics.Metrics:
        """Return the one metric that ranks."""
        metric = self._asked.metric
        if metric == "loss":
            return {metric: mean_loss(spec, truth, predictions, weights, poll=self._poll)}
        output = spec.signature.output
        return metrics.measure(
            output, truth, predictions, measures(spec), only=metric, weights=weights
        )

    def _all(
        self, spec: Spec, truth: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None
    ) -> metrics.Metrics:
        """Return the loss and all metrics."""
        output = spec.signature.output
        return {
            "loss": mean_loss(spec, truth, predictions, weights, poll=self._poll),
            **metrics.measure(output, truth, predictions, measures(spec), weights=weights),
        }
