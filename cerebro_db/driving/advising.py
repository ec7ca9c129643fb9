"""Gathers what advice on a run goes by, once the run is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from cerebro_db.driving.advice import Course, Point, advice
from cerebro_db.driving.lives import Lives
from cerebro_db.driving.logbook import Logbook
from cerebro_db.driving.resolve import Resolve, meaning_of, resolver_of
from cerebro_db.driving.results import Results
from cerebro_db.errors import CerebroError
from cerebro_db.model import Spec
from cerebro_db.search import Space
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, datasets, runs, units
from cerebro_db.training import metrics


def advice_on(
    control: ClientSession, run: runs.Run, lives: Lives, results: Results, logbook: Logbook
) -> Iterator[str]:
    """Yield what a colleague would say of a run whose validation rows rank; each a line."""
    best = results.leader(lives.failures)
    if best is None:
        return
    values = {config.config: config.params for config in configs.all_of(control, run.id)}
    points = [
        Point(
            logbook.result_of(epoch),
            metrics.stored(epoch.training)["loss"],
            metrics.stored(epoch.validation)["loss"],
        )
        for epoch in units.epochs_of(control, run.id, best)
        if epoch.validation is not None
    ]
    course = Course(
        best,
        values[best],
        points,
        whole=lives[best].status == "finished",
        annealed=Spec.from_json(configs.spec(control, run.id, best)).schedule is not None,
    )
    tried = [params for config, params in values.items() if config in results]
    space = Space.parse(run.space, meaning_of(control, run))
    yield from advice(space, tried, course, _Possible(control, run))


class _Possible:
    """Says whether a run's model may have other values; most advice need not know."""

    def __init__(self, control: ClientSession, run: runs.Run) -> None:
        self._control, self._run = control, run

    @cached_property
    def _resolve(self) -> Resolve:
        dataset = datasets.load(self._control, self._run.dataset_id)
        return resolver_of(self._control, self._run, dataset, lambda line: None)

    def __call__(self, params: Mapping[str, Any]) -> bool:
        try:
            self._resolve(dict(params))
        except CerebroError:
            return False
        return True
