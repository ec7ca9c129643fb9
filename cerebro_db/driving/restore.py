"""Finds out from the tables where a run stands, so that any planner can go on with it.

A run that begins stands at its beginning: there is no other way to start one.
"""

from __future__ import annotations

import math

from cerebro_db.driving.candidates import Candidates
from cerebro_db.driving.logbook import Logbook
from cerebro_db.driving.roster import Roster
from cerebro_db.engines import RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, units
from cerebro_db.store.configs import Config
from cerebro_db.training import metrics


def restore(
    server: Server,
    control: ClientSession,
    place: RunPlace,
    roster: Roster,
    logbook: Logbook,
    candidates: Candidates,
) -> None:
    """Bring schedule, roster and books to where the run's last planner has left them."""
    candidates.grow()
    candidates.take_new()
    standing = configs.all_of(control, place.run)
    # Read after the units: a worker that the last planner has left behind may commit one more.
    there = server.states(control, place)
    if _fell_back(control, place, standing, there):
        standing = configs.all_of(control, place.run)
    for config in standing:
        at_hand = not config.done or config.done in there.get(config.config, ())
        roster.note(config, at_hand=at_hand)
        if config.done < place.units and not trains(config, place):
            roster.leave(config.config)
            if config.status in ("waiting", "running"):
                logbook.rested(config.config)
        if config.status in ("diverged", "failed"):
            logbook.failures[config.config] = f"{config.status}: {config.error}"
    for config in standing:
        if trains(config, place):
            roster.take_in(config)
    _remember(control, place, roster, logbook)


def trains(config: Config, place: RunPlace) -> bool:
    """Return whether a configuration has units to train, and nobody and nothing keeps it."""
    left = config.done < place.units
    return left and config.wanted == "train" and config.status in ("waiting", "running")


def _fell_back(
    control: ClientSession, place: RunPlace, standing: list[Config], there: dict[int, set[int]]
) -> bool:
    """Take back the units whose states a crash has taken; return whether there were any."""
    kept = configs.kept(control, place.run)
    fell = False
    for config in standing:
        has = set(there.get(config.config, ()))
        has.update(units for number, units in kept if number == config.config)
        if trains(config, place) and config.done and config.done not in has:
            last = max((done for done in has if done < config.done), default=0)
            _fall_back(control, place, config, last)
            fell = True
    return fell


def _fall_back(control: ClientSession, place: RunPlace, config: Config, last: int) -> None:
    """Forget what came after the last state that is there, the 0th: none is."""
    if last < (config.start_units or 0) or (last == 0 and config.parent is not None):
        # A clone has lost even what it started from, and takes over its parent's state anew.
        configs.start_at(control, place.run, config.config, None)
    units.forget(control, place.run, config.config, place.partitions, last)


def _remember(control: ClientSession, place: RunPlace, roster: Roster, logbook: Logbook) -> None:
    for epoch in units.epochs(control, place.run):
        measured = metrics.stored(epoch.validation or epoch.training)
        value = math.nan if epoch.value is None else epoch.value
        logbook.remember_epoch(epoch.config, epoch.epoch, value, measured["loss"])
    for unit in units.unrecorded(control, place.run):
        if (unit.epoch - 1) * place.partitions + unit.position >= roster.done[unit.config]:
            # Committed since: it is started again, found done, and taken in then.
            continue
        logbook.remember_part(unit.config, unit.rows, metrics.stored(unit.training))
        if unit.position + 1 == place.partitions:
            validation = None if unit.validation is None else metrics.stored(unit.validation)
            logbook.end_epoch(unit.config, unit.epoch, validation)
