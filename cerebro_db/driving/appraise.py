"""The last thing that a run finds out: which of its best configurations answer best together, and
from which probability on a class is predicted. Validation rows decide, where they are; of folds,
what the network of each predicts for its rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from cerebro_db.driving.herald import Herald, configurations
from cerebro_db.driving.options import Options
from cerebro_db.engines import RunEngine, RunPlace
from cerebro_db.errors import InvalidArgument
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of
from cerebro_db.session.client import ClientSession
from cerebro_db.session.messages import message_of
from cerebro_db.store import appraisals, configs, runs
from cerebro_db.store.appraisals import ENSEMBLE, NewAppraisal, Threshold
from cerebro_db.training.appraisal import Appraised, Asked
from cerebro_db.training.metrics import storable
from cerebro_db.training.thresholds import Wish
from cerebro_db.units import Network
from cerebro_db.words import figure


@dataclass(frozen=True)
class Appraisals:
    """What was found out, yet to be written."""

    rows: list[NewAppraisal]
    members: dict[int, float]

    def write(self, control: ClientSession, run: int) -> None:
        """Write it down."""
        appraisals.add_members(control, run, self.members)
        for row in self.rows:
            appraisals.add(control, run, row)


class Appraiser:
    """Compares the configurations of a run that serve.

    Args:
        engine: whose worker does it.
        control: the session that reads what it needs.
        run: the run.
        place: the same, for units.
        options: what is wanted.
        output: of its models.
        herald: tells the caller.
    """

    def __init__(
        self,
        engine: RunEngine,
        control: ClientSession,
        run: runs.Run,
        place: RunPlace,
        options: Options,
        output: Output,
        herald: Herald,
    ) -> None:
        self._engine = engine
        self._control = control
        self._run = run
        self._place = place
        self._options = options
        self._output = output
        self._herald = herald

    def appraise(self, best: float) -> Appraisals:
        """Find out what is wanted of the configurations with a rank, whose states are committed.

        What fails is told, and leaves the run without: it is trained.

        Args:
            best: the metric of the best one, higher is better: an ensemble has to beat it. Of folds
                it has to beat each as that was measured now: an epoch may have measured a fold in
                several parts, which for some metrics is something else.
        """
        began = time.monotonic()
        serving = configs.serving(self._control, self._run.id)
        found = self._appraised(serving)
        seconds = time.monotonic() - began
        together = found.together
        sign = 1 if self._run.higher_is_better else -1
        of_folds = [sign * own.value for own in found.alone.values()]
        others = of_folds if self._place.fold_count else [best]
        if together is not None and not all(sign * together.value > other for other in others):
            together = None
        rows = [
            NewAppraisal(config, threshold, seconds)
            for config in serving
            if (threshold := self._threshold(self._thresholds(found, config))) is not None
        ]
        if together is None:
            return Appraisals(rows, {})
        threshold = self._threshold(together.thresholds or self._stated())
        validation = storable(together.measured)
        rows.append(NewAppraisal(ENSEMBLE, threshold, seconds, together.value, validation))
        self._herald.matters(
            f"the mean of {configurations(list(found.members))} is better than each: validation "
            f"{self._run.metric} {figure(together.value)}"
        )
        return Appraisals(rows, found.members)

    def _appraised(self, serving: Sequence[int]) -> Appraised:
        nothing = Appraised({}, {}, None)
        wish = Wish.of(self._options.threshold)
        most = self._options.members if len(serving) > 1 else 0
        wanted = most > 1 or (wish is not None and wish.needs_rows)
        if not (wanted and serving and self._place.measures):
            return nothing
        asked = Asked(
            tuple(serving),
            self._run.metric,
            self._run.higher_is_better,
            most,
            self._options.threshold,
        )
        try:
            return self._engine.appraise(asked, self._load)
        except (psycopg.Error, InvalidArgument) as error:
            self._herald.must_know(f"neither ensemble nor threshold: {message_of(error)}")
            return nothing

    def _load(self, network: Network) -> tuple[dict[str, Any], bytes]:
        """Return the spec of a network's configuration, and the state that it serves with."""
        return (
            configs.spec(self._control, self._run.id, network.config),
            configs.serving_state(self._control, self._run.id, network),
        )

    def _thresholds(self, found: Appraised, config: int) -> Sequence[float] | None:
        own = found.alone.get(config)
        return self._stated() if own is None else own.thresholds

    def _stated(self) -> Sequence[float] | None:
        """Return the thresholds that are stated as a number, if they are."""
        wish = Wish.of(self._options.threshold)
        if wish is None or wish.number is None:
            return None
        return [wish.number] * self._output.units

    def _threshold(self, thresholds: Sequence[float] | None) -> Threshold | None:
        """Return thresholds as people read them."""
        if thresholds is None:
            return None
        return task_of(self._output).threshold_by_name(self._output, thresholds)
