"""The configurations of a run: asks the search for more, stores and schedules them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cerebro_db.model import Spec
from cerebro_db.planner import Schedule
from cerebro_db.search import Search
from cerebro_db.session import Session
from cerebro_db.store import runs


class Candidates:
    """Numbers a run's configurations from 1, as the search proposes them.

    Args:
        control: the session that stores them.
        run: the run's number.
        search: who proposes.
        resolve: closes the model with a candidate's values; raises InvalidArgument.
        schedule: where they start.
    """

    def __init__(
        self,
        control: Session,
        run: int,
        search: Search,
        resolve: Callable[[dict[str, Any]], Spec],
        schedule: Schedule,
    ) -> None:
        self.count = 0
        self._control = control
        self._run = run
        self._search = search
        self._resolve = resolve
        self._schedule = schedule

    def grow(self) -> None:
        """Take in what the search proposes now."""
        new = [
            runs.NewConfig(number, params, self._resolve(params).to_json())
            for number, params in enumerate(self._search.ask(), self.count + 1)
        ]
        if new:
            runs.add_configs(self._control, self._run, new)
        for config in new:
            self._schedule.add(config.config)
        self.count += len(new)

    def tell(self, config: int, epoch: int, value: float) -> bool:
        """Tell the search a result, higher is better; return whether the configuration goes on."""
        go_on = self._search.tell(config, epoch, value)
        self.grow()
        return go_on
