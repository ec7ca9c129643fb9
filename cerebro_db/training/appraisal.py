"""What configurations predict for the same rows, and what follows: members, weights, thresholds.

Rows stay where they are: each configuration has them pass by, and leaves what it predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cerebro_db.errors import CacheMiss
from cerebro_db.model.signature import ROW_WEIGHTS, TARGETS
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training import mean_loss, metrics
from cerebro_db.training._base import Predictor
from cerebro_db.training.registered import measures
from cerebro_db.training.selection import select
from cerebro_db.training.thresholds import Wish


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


class Appraisal:
    """Configurations that predict the same rows, one after the other.

    Args:
        poll: called between pieces of work; raises to give up.
    """

    def __init__(self, poll: Callable[[], None]) -> None:
        self._poll = poll
        self._specs: dict[int, Spec] = {}
        self._parts: dict[int, list[np.ndarray]] = {}
        self._truth: list[np.ndarray] = []
        self._row_weights: list[np.ndarray] = []
        # Of all rows, once they have passed by; None: they count alike.
        self._weights: np.ndarray | None = None
        self._config = 0
        self._predictor: Predictor

    def begin(self, config: int, spec: Spec, predictor: Predictor) -> None:
        """Have a configuration predict the rows that follow, from the first one on."""
        self._config, self._predictor = config, predictor
        self._specs[config], self._parts[config] = spec, []
        self._truth.clear()
        self._row_weights.clear()

    def evaluate(self, chunk: Tensors) -> None:
        """Predict a chunk of rows."""
        self._poll()
        self._parts[self._config].append(self._predictor.predict(chunk))
        self._truth.append(chunk[TARGETS])
        if self._specs[self._config].signature.weighted:
            self._row_weights.append(chunk[ROW_WEIGHTS])

    def finish(self, asked: Asked) -> Appraised:
        """Return what was found out.

        Raises:
            CacheMiss: predictions of a configuration are missing.
            CodeFailed: registered code raises.
        """
        if missing := [config for config in asked.configs if not self._parts.get(config)]:
            raise CacheMiss(f"there are no predictions of configuration {missing[0]}")
        truth = np.concatenate(self._truth)
        self._weights = np.concatenate(self._row_weights) if self._row_weights else None
        found = {config: np.concatenate(self._parts[config]) for config in asked.configs}
        alone = {
            config: self._found(asked, self._specs[config], truth, predictions)
            for config, predictions in found.items()
        }
        members, together = {}, None
        if asked.most > 1 and len(found) > 1:
            members = self._members(asked, truth, found)
        if len(members) > 1:
            mean = np.zeros(found[asked.configs[0]].shape)
            for config, weight in members.items():
                mean += found[config] * np.float64(weight)
            spec = self._specs[next(iter(members))]
            together = self._found(asked, spec, truth, mean)
        return Appraised(alone, members if together else {}, together)

    def _members(
        self, asked: Asked, truth: np.ndarray, found: Mapping[int, np.ndarray]
    ) -> dict[int, float]:
        configs = list(found)
        spec = self._specs[configs[0]]
        sign = 1.0 if asked.higher_is_better else -1.0

        def score(predictions: np.ndarray) -> float:
            self._poll()
            return sign * self._value(asked.metric, spec, truth, predictions)

        chosen = select(list(found.values()), score, asked.most)
        return {configs[one]: weight for one, weight in chosen.items()}

    def _value(self, metric: str, spec: Spec, truth: np.ndarray, predictions: np.ndarray) -> float:
        if metric == "loss":
            return mean_loss(spec, truth, predictions, self._weights, poll=self._poll)
        measured = metrics.measure(
            spec.signature.output,
            truth,
            predictions,
            measures(spec),
            only=metric,
            weights=self._weights,
        )
        return measured[metric]

    def _found(self, asked: Asked, spec: Spec, truth: np.ndarray, predictions: np.ndarray) -> Found:
        self._poll()
        output, weights = spec.signature.output, self._weights
        measured = {
            "loss": mean_loss(spec, truth, predictions, weights, poll=self._poll),
            **metrics.measure(output, truth, predictions, measures(spec), weights=weights),
        }
        wish = Wish.of(asked.threshold)
        thresholds = None if wish is None else wish.best(truth, predictions, weights)
        return Found(measured[asked.metric], measured, thresholds)
