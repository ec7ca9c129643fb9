"""Finds out from the tables where a run stands, so that any planner can go on with it.

A run that begins stands at its beginning: there is no other way to start one.
"""

from __future__ import annotations

from cerebro_db.driving.conductor import Conductor
from cerebro_db.driving.judge import Judge, Told
from cerebro_db.driving.life import OPEN
from cerebro_db.driving.lives import Lives
from cerebro_db.driving.logbook import Logbook
from cerebro_db.driving.results import Results
from cerebro_db.engines import RunPlace, Server
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, decisions, units
from cerebro_db.store.configs import Config
from cerebro_db.training import metrics


def restore(
    server: Server,
    control: ClientSession,
    place: RunPlace,
    lives: Lives,
    results: Results,
    logbook: Logbook,
    judge: Judge,
    conductor: Conductor,
) -> None:
    """Bring lives, books and search to where the run's last planner has left them."""
    standing = configs.all_of(control, place.run)
    # Read after the units: a worker that the last planner has left behind may commit one more.
    there = server.states(control, place)
    if _fell_back(control, place, standing, there):
        standing = configs.all_of(control, place.run)
    for config in standing:
        lives.note(config, at_hand=not config.done or config.done in there.get(config.config, ()))
    told = []
    for epoch in units.epochs(control, place.run):
        result = logbook.result_of(epoch)
        results.add(epoch.config, result)
        if epoch.told is not None:
            told.append(Told(epoch.told, epoch.config, epoch.epoch, result.value))
    judge.replay(standing, told, decisions.all_of(control, place.run))
    for config in standing:
        if _trains(config) and judge.knows(config):
            conductor.take_in(config)
        elif config.status == "finished" and lives[config.config].at_hand:
            lives.hold(config.config)
    for config in standing:
        if config.status in OPEN and config.wanted == "rest":
            conductor.rest(config.config)
        elif _trains(config) and not judge.knows(config):
            conductor.bring_in(config)
    conductor.tell_of_ends(standing)
    _remember_units(control, place, lives, logbook, conductor)


def _trains(config: Config) -> bool:
    """Return whether a configuration may have units to train, and nobody and nothing keeps it."""
    return config.status in OPEN and config.wanted == "train"


def _fell_back(
    control: ClientSession, place: RunPlace, standing: list[Config], there: dict[int, set[int]]
) -> bool:
    """Take back the units whose states a crash has taken; return whether there were any."""
    kept = configs.kept(control, place.run)
    fell = False
    for config in standing:
        has = set(there.get(config.config, ()))
        has.update(units for number, units in kept if number == config.config)
        if _trains(config) and config.done and config.done not in has:
            last = max((done for done in has if done < config.done), default=0)
            _fall_back(control, place, config, last)
            fell = True
    return fell


def _fall_back(control: ClientSession, place: RunPlace, config: Config, last: int) -> None:
    """Forget what came after the last state that is there, the 0th: none is."""
    lost_its_start = last < (config.start_units or 0) or (last == 0 and config.parent is not None)
    if lost_its_start and config.origin == "clone":
        # A clone has lost even what it started from, and takes over its parent's state anew.
        configs.start_at(control, place.run, config.config, None)
    units.forget(control, place.run, config.config, place.partitions, last)


def _remember_units(
    control: ClientSession,
    place: RunPlace,
    lives: Lives,
    logbook: Logbook,
    conductor: Conductor,
) -> None:
    """Take in the units of epochs that are not recorded yet, and end those that are whole."""
    for unit in units.unrecorded(control, place.run):
        if (unit.epoch - 1) * place.partitions + unit.position >= lives[unit.config].done:
            # Committed since: it is started again, found done, and taken in then.
            continue
        logbook.part(unit.config, unit.rows, metrics.stored(unit.training))
        if unit.position + 1 == place.partitions:
            validation = None if unit.validation is None else metrics.stored(unit.validation)
            conductor.end_epoch(unit.config, unit.epoch, validation)
