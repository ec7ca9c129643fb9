"""Finds out from the tables where a run stands, so that any planner can go on with it.

A run that begins stands at its beginning: there is no other way to start one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
from cerebro_db.units import Network


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
        lives.note(config, there=there)
    told = []
    for epoch in units.epochs(control, place.run):
        result = logbook.result_of(epoch)
        results.add(epoch.config, result)
        if epoch.told is not None:
            told.append(Told(epoch.told, epoch.config, epoch.epoch, result.value))
    judge.replay(standing, told, decisions.all_of(control, place.run))
    for config in standing:
        why = judge.stopped(config.config)
        # What a person has had train on has no milestone.
        if place.fold_count and why is not None and config.status == "running" and config.until:
            # Networks of it were in flight when the search stopped it.
            lives.leave(config.config, "stopped", why)
            conductor.let_leave()
        elif _trains(config) and judge.knows(config):
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
    control: ClientSession,
    place: RunPlace,
    standing: list[Config],
    there: Mapping[Network, Collection[int]],
) -> bool:
    """Take back the units whose states a crash has taken; return whether there were any."""
    kept = configs.kept(control, place.run)
    fell = False
    for config in standing:
        if not _trains(config):
            continue
        for network, done in config.done(place.folds).items():
            has = set(there.get(network, ()))
            has.update(units for of, units in kept if of == network)
            if done and done not in has:
                last = max((units for units in has if units < done), default=0)
                _fall_back(control, place, config, network, last)
                fell = True
    return fell


def _fall_back(
    control: ClientSession, place: RunPlace, config: Config, network: Network, last: int
) -> None:
    """Forget what came after the last state that is there, the 0th: none is."""
    folds = place.folds
    start = folds.share(config.start_units or 0, network.fold)
    lost_its_start = last < start or (last == 0 and config.parent is not None)
    lost = [network]
    if lost_its_start and config.origin == "clone":
        # A clone has lost even what it started from, and takes over its parent's states anew.
        configs.start_at(control, place.run, config.config, None)
        lost, last = [Network(config.config, fold) for fold in folds.networks], 0
    for one in lost:
        units.forget(control, place.run, one, folds.steps(one.fold), last)


def _remember_units(
    control: ClientSession,
    place: RunPlace,
    lives: Lives,
    logbook: Logbook,
    conductor: Conductor,
) -> None:
    """Take in the units of epochs that are not recorded yet, and end those that are whole."""
    open_epochs: dict[tuple[int, int], None] = {}
    for unit in units.unrecorded(control, place.run):
        network = lives[unit.config].networks.get(unit.fold)
        if network is None or (unit.epoch - 1) * network.steps + unit.position >= network.done:
            # Committed since: it is started again, found done, and taken in then.
            continue
        validation = None if unit.validation is None else metrics.stored(unit.validation)
        training = metrics.stored(unit.training)
        logbook.part(unit.network, unit.epoch, unit.rows, training, validation)
        open_epochs[unit.config, unit.epoch] = None
    for config, epoch in open_epochs:
        if lives[config].trained >= epoch:
            conductor.end_epoch(config, epoch)
