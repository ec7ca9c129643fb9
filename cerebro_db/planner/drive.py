"""The loop of a run: free workers get units, ended units free their configurations to hop on.

There is no barrier between rounds or epochs: whoever is free starts whatever may start.
"""

from __future__ import annotations

from typing import Protocol

from cerebro_db.engines import Engine, Outcome, Unit
from cerebro_db.planner.schedule import Schedule


class Listener(Protocol):
    """Who wants to know how a run is going, and may change the schedule between units."""

    def starting(self, unit: Unit) -> None:
        """Called before a unit is handed to a worker."""

    def trained(self, outcome: Outcome) -> None:
        """Called after a unit was committed and its configuration freed."""

    def failed(self, outcome: Outcome) -> None:
        """Called after a configuration was taken out because its unit raised an error."""


def drive(schedule: Schedule, engine: Engine, listener: Listener) -> None:
    """Run the schedule to its end.

    When anything is raised (a cancel, an error of the listener), the units in flight are cancelled
    first, so that nothing is left computing.
    """
    try:
        while not schedule.finished:
            _start_what_may_start(schedule, engine, listener)
            for outcome in engine.wait():
                if outcome.lost:
                    schedule.give_back(outcome.unit)
                elif outcome.error is None:
                    schedule.complete(outcome.unit)
                    listener.trained(outcome)
                else:
                    schedule.drop(outcome.unit.config)
                    listener.failed(outcome)
    except BaseException:
        engine.cancel()
        raise


def _start_what_may_start(schedule: Schedule, engine: Engine, listener: Listener) -> None:
    for slot in engine.freed():
        schedule.offer(slot)
    while (start := schedule.next()) is not None:
        worker, unit = start
        listener.starting(unit)
        engine.start(worker, unit)
