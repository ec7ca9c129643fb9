"""Configurations of a run: where each came from, how it fared, what people want of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from cerebro_db.folds import Folds
from cerebro_db.session import Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store import code, runs, units
from cerebro_db.store.statements import load_statements
from cerebro_db.units import Network

_SQL = load_statements(__package__, "configs.sql")

# Configurations that are written at once.
_PORTION = 200

Status = Literal[
    "waiting", "running", "paused", "resting", "finished", "stopped", "diverged", "failed"
]
Origin = Literal["search", "added", "clone"]


@dataclass(frozen=True)
class NewConfig:
    """A configuration to be: ``own`` and ``common`` are the two parts of a model.Spec as JSON.

    A clone starts from the state of its ``parent`` and goes on along the way of ``walk``; where it
    does not know yet after how many units, ``start_units`` is None. ``epochs`` is its budget, None
    the run's; ``until`` after how many of them it waits for the search, None: never. ``bracket``,
    ``rung`` and ``reason`` are for people to read.
    """

    params: dict[str, Any]
    own: dict[str, Any]
    common: dict[str, Any]
    origin: Origin = "search"
    parent: int | None = None
    walk: int | None = None
    start_units: int | None = 0
    epochs: int | None = None
    until: int | None = None
    bracket: int | None = None
    rung: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Config:
    """A configuration as it stands; ``units`` counts those of its own that are committed, of the
    network of each fold.

    For budget and milestone see ``NewConfig``; ``reason`` says why the search decided on it what
    it did last.
    """

    config: int
    params: dict[str, Any]
    status: Status
    error: str | None
    wanted: Literal["train", "rest"]
    origin: Origin
    parent: int | None
    walk: int
    start_units: int | None
    epochs: int | None
    until: int | None
    bracket: int | None
    rung: int | None
    reason: str | None
    units: Mapping[int, int] = field(default_factory=dict)

    def done(self, folds: Folds) -> dict[Network, int]:
        """Return how many units have led to the state of each of its networks: its own, and its
        parent's before it was cloned."""
        start = self.start_units or 0
        return {
            Network(self.config, fold): folds.share(start, fold) + self.units.get(fold, 0)
            for fold in folds.networks
        }


@dataclass(frozen=True)
class Kept:
    """A state that outlives its epoch; without a rank it is for the network to go on from."""

    config: int
    fold: int
    rank: int | None
    units: int


def add(session: ClientSession, run: int, configs: Sequence[NewConfig]) -> list[int]:
    """Write the rows of new configurations, and return their numbers.

    What they have in common is written once, and is best one object. It is written in portions,
    and between them the session notices a cancel, all in one transaction.
    """
    if not configs:
        return []
    with session.connection.transaction():
        # Numbers are given out by one session at a time.
        runs.hold(session, run)
        last = int(session.fetch(_SQL["last"], run)[0]["config"])
        numbers = range(last + 1, last + 1 + len(configs))
        written = {row["sha256"] for row in session.fetch(_SQL["common_there"], run)}
        # An object is hashed once; the configurations keep it alive.
        hashes: dict[int, str] = {}
        for first in range(0, len(configs), _PORTION):
            portion = configs[first : first + _PORTION]
            for new in portion:
                if id(new.common) not in hashes:
                    hashes[id(new.common)] = sha = _sha256(new.common)
                    if sha not in written:
                        session.execute(_SQL["add_common"], run, sha, new.common)
                        written.add(sha)
            rows = [
                {
                    "config": number,
                    "params": new.params,
                    "spec": new.own,
                    "common": hashes[id(new.common)],
                    "origin": new.origin,
                    "parent": new.parent,
                    "walk": new.walk,
                    "start_units": new.start_units,
                    "epochs": new.epochs,
                    "until": new.until,
                    "bracket": new.bracket,
                    "rung": new.rung,
                    "reason": new.reason,
                }
                for number, new in zip(numbers[first:], portion, strict=False)
            ]
            session.execute(_SQL["add"], run, {"configs": rows})
        carried = {id(new.common): new.common["code"] for new in configs}
        code.note(session, run, [one for codes in carried.values() for one in codes])
    return list(numbers)


def _sha256(document: dict[str, Any]) -> str:
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def all_of(session: Session, run: int) -> list[Config]:
    """Return all configurations of a run."""
    rows = session.fetch(_SQL["all"], run)
    done: dict[int, dict[int, int]] = {row["config"]: {} for row in rows}
    for network, own in units.done(session, run).items():
        # One that was brought in meanwhile has no row among these.
        done.get(network.config, {})[network.fold] = own
    return [Config(**row, units=done[row["config"]]) for row in rows]


def spec(session: Session, run: int, config: int) -> dict[str, Any]:
    """Return the JSON of a configuration's model.Spec."""
    found: dict[str, Any] = session.fetch(_SQL["spec"], run, config)[0]["spec"]
    return found


def set_status(
    session: Session,
    run: int,
    config: int,
    status: Status,
    error: str | None = None,
    reason: str | None = None,
) -> None:
    """Change a configuration's status; without a reason the last one stands."""
    session.execute(_SQL["set_status"], run, config, status, error, reason)


def set_until(
    session: Session,
    run: int,
    config: int,
    until: int,
    rung: int | None = None,
    reason: str | None = None,
) -> None:
    """Write until which epoch a configuration may train; its status stays as it is.

    Without a rung, or a reason, the last one stands.
    """
    session.execute(_SQL["set_until"], run, config, until, rung, reason)


def set_epochs(session: Session, run: int, config: int, epochs: int) -> None:
    """Write another budget, all of which a configuration may use."""
    session.execute(_SQL["set_epochs"], run, config, epochs)


def rest(session: Session, run: int, config: int) -> None:
    """Write that a configuration should rest."""
    session.execute(_SQL["rest"], run, config)


def wake(session: Session, run: int, config: int) -> None:
    """Write that a configuration should train again, whatever became of it."""
    session.execute(_SQL["wake"], run, config)


def set_refits(session: Session, run: int, epochs: Mapping[int, int]) -> None:
    """Write for how many epochs the refits of configurations are to train: no others have one."""
    session.execute(_SQL["forget_refits"], run, list(epochs))
    for config, own in epochs.items():
        session.execute(_SQL["set_refit"], run, config, own)


def start_at(session: Session, run: int, config: int, units: int | None) -> None:
    """Write after how many units a clone has taken over its parent's state; None: not yet."""
    session.execute(_SQL["start_at"], run, config, units)


def kept(session: Session, run: int) -> dict[tuple[Network, int], Kept]:
    """Return the states of a run that outlive their epoch, by network and units."""
    found = [Kept(**row) for row in session.fetch(_SQL["kept"], run)]
    return {(Network(one.config, one.fold), one.units): one for one in found}


def serving(session: Session, run: int) -> list[int]:
    """Return the configurations of a run that serve, best first."""
    return [row["config"] for row in session.fetch(_SQL["serving"], run)]


def serving_state(session: Session, run: int, network: Network) -> bytes:
    """Return the state that a network of a configuration that serves has."""
    found: bytes = session.fetch(_SQL["serving_state"], run, *network)[0]["state"]
    return found


def unrank(session: Session, run: int, network: Network, units: int) -> None:
    """Have a kept state serve no longer."""
    session.execute(_SQL["unrank"], run, *network, units)


def of_first_release(session: Session, run: int) -> set[int]:
    """Return the configurations with a state that 0.1.0 has kept: it predicts, and cannot train."""
    return {row["config"] for row in session.fetch(_SQL["of_first_release"], run)}


def forget_kept(session: Session, run: int, network: Network, units: int) -> None:
    """Keep a network's state after so many units no longer."""
    session.execute(_SQL["forget_kept"], run, *network, units)
