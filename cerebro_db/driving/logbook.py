"""Keeps the books of a run: joins the metrics of an epoch's units, and records the epoch."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from cerebro_db.driving.results import Result
from cerebro_db.session.client import ClientSession
from cerebro_db.store import runs, units
from cerebro_db.store.units import Epoch
from cerebro_db.training import metrics
from cerebro_db.training.metrics import Metrics
from cerebro_db.units import Network


@dataclass(frozen=True)
class Measured:
    """The metrics of an epoch; ``value`` is the run's own, NaN where the rows do not define it.

    Of several networks they are means; ``folds`` has what each was measured at, and ``deviation``
    by how much ``value`` differs among them: the standard deviation of a sample.
    """

    config: int
    training: Metrics
    validation: Metrics | None
    value: float
    result: Result
    folds: tuple[Metrics, ...] = ()
    deviation: float | None = None


@dataclass
class _Parts:
    """What the units of a network's epoch have measured, each with its rows."""

    training: list[tuple[int, Metrics]] = field(default_factory=list)
    validation: list[tuple[int, Metrics]] = field(default_factory=list)


class Logbook:
    """The epochs of one run.

    Args:
        control: the session that records.
        run: whose metric decides.
    """

    def __init__(self, control: ClientSession, run: runs.Run) -> None:
        self._control = control
        self._run = run
        # By configuration and epoch, and by fold: networks of one configuration keep no step.
        self._epochs: defaultdict[tuple[int, int], dict[int, _Parts]] = defaultdict(dict)

    def part(
        self,
        network: Network,
        epoch: int,
        rows: int,
        training: Metrics,
        validation: Metrics | None,
    ) -> None:
        """Take in a unit of a network's epoch."""
        parts = self._epochs[network.config, epoch].setdefault(network.fold, _Parts())
        if training:
            parts.training.append((rows, training))
        if validation is not None:
            parts.validation.append((rows, validation))

    def close_epoch(self, config: int, epoch: int) -> Measured:
        """Return the metrics of an epoch of which all units are in: of several networks, means."""
        folds = [parts for _, parts in sorted(self._epochs.pop((config, epoch)).items())]
        training = metrics.mean([metrics.combine(parts.training) for parts in folds])
        validation, of_folds = None, []
        if all(parts.validation for parts in folds):
            of_folds = [metrics.combine(parts.validation) for parts in folds]
            validation = metrics.mean(of_folds)
        measured = training if validation is None else validation
        value = measured.get(self._run.metric, math.nan)
        result = Result(epoch, self._score(value), measured["loss"])
        if len(of_folds) < 2:
            return Measured(config, training, validation, value, result)
        own = [fold.get(self._run.metric, math.nan) for fold in of_folds]
        spread = math.sqrt(math.fsum((one - value) ** 2 for one in own) / (len(own) - 1))
        return Measured(config, training, validation, value, result, tuple(of_folds), spread)

    def record(self, measured: Measured, told: int) -> None:
        """Write an epoch down, with its place in the order in which the search was told."""
        units.record_epoch(
            self._control,
            self._run.id,
            measured.config,
            measured.result.epoch,
            metrics.storable(measured.training),
            None if measured.validation is None else metrics.storable(measured.validation),
            measured.value,
            told,
            [metrics.storable(fold) for fold in measured.folds] or None,
            measured.deviation,
        )

    def result_of(self, epoch: Epoch) -> Result:
        """Return the result of an epoch that was recorded before."""
        measured = metrics.stored(epoch.validation or epoch.training)
        value = math.nan if epoch.value is None else epoch.value
        return Result(epoch.epoch, self._score(value), measured["loss"])

    def _score(self, value: float) -> float:
        return value if self._run.higher_is_better else -value
