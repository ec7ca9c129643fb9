"""The loop of a run: free workers get units, ended units free their configurations to hop on.

There is no barrier between rounds or epochs: whoever is free starts whatever may start.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cerebro_db.planner.schedule import Schedule
from cerebro_db.units import Engine, Outcome, Unit


class Listener(Protocol):
    """Who wants to know how a run is going, and may change the schedule between units.

    It is told while the workers train on, so it may take its time.
    """

    def started(self, unit: Unit) -> None:
        """Called after a unit was handed to a worker."""

    def trained(self, outcome: Outcome) -> None:
        """Called after a unit was committed, before its configuration may hop on."""

    def failed(self, outcome: Outcome) -> None:
        """Called after a unit raised an error, by which its configuration goes no further."""

    def between(self) -> None:
        """Called between units, and every moment while none ends; raises to end the run."""


def drive(schedule: Schedule, engine: Engine, listener: Listener) -> None:
    """Run the schedule to its end.

    When anything is raised (a cancel, an error of the listener), the units in flight are cancelled
    first, so that nothing is left computing.
    """
    try:
        outcomes: Iterable[Outcome] = ()
        while True:
            # Workers that were freed go on at once with what rests, then the listener is told of
            # what they did, and then goes on what that leaves.
            _start_what_may_start(schedule, engine, listener)
            for outcome in outcomes:
                _take_in(outcome, schedule, listener)
            listener.between()
            if schedule.finished:
                return
            _start_what_may_start(schedule, engine, listener)
            outcomes = engine.wait()
    except BaseException:
        engine.cancel()
        raise


def _start_what_may_start(schedule: Schedule, engine: Engine, listener: Listener) -> None:
    for slot in engine.freed():
        schedule.offer(slot)
    begun = []
    while (start := schedule.next()) is not None:
        worker, unit = start
        engine.start(worker, unit)
        begun.append(unit)
    for unit in begun:
        listener.started(unit)


def _take_in(outcome: Outcome, schedule: Schedule, listener: Listener) -> None:
    if outcome.lost:
        schedule.give_back(outcome.unit)
    elif outcome.error is None:
        schedule.complete(outcome.unit)
        listener.trained(outcome)
    else:
        schedule.fail(outcome.unit)
        listener.failed(outcome)
