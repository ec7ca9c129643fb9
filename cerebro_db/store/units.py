"""Units that are done, and the epochs that they add up to. Workers write the units, each in the
transaction that writes its state; planners the epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cerebro_db.session import Row, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store.statements import load_statements
from cerebro_db.units import Network

_SQL = load_statements(__package__, "units.sql")


@dataclass(frozen=True)
class Done:
    """A unit that is committed; metrics as they are stored."""

    config: int
    fold: int
    epoch: int
    part: int
    position: int
    rows: int
    training: dict[str, Any]
    validation: dict[str, Any] | None

    @property
    def network(self) -> Network:
        """Whose unit it is."""
        return Network(self.config, self.fold)


@dataclass(frozen=True)
class Epoch:
    """The result of a configuration in an epoch; ``value`` is the run's metric.

    ``told`` is its place in the order in which the search was told; None in runs of before.
    """

    config: int
    epoch: int
    training: dict[str, Any]
    validation: dict[str, Any] | None
    value: float | None
    told: int | None


def committed(
    session: Session, run: int, network: Network, epoch: int, partition: int
) -> Row | None:
    """Return rows, training and validation metrics of a unit, None if it was not committed."""
    found = session.fetch(_SQL["committed"], run, *network, epoch, partition)
    return found[0] if found else None


def done(session: Session, run: int) -> dict[Network, int]:
    """Return how many units of each network are committed."""
    rows = session.fetch(_SQL["done"], run)
    return {Network(row["config"], row["fold"]): row["units"] for row in rows}


def unrecorded(session: Session, run: int) -> list[Done]:
    """Return the units of epochs that are not recorded yet, each network's in their order."""
    return [Done(**row) for row in session.fetch(_SQL["unrecorded"], run)]


def record_epoch(
    session: Session,
    run: int,
    config: int,
    epoch: int,
    training: dict[str, Any],
    validation: dict[str, Any] | None,
    value: float | None,
    told: int | None = None,
    folds: list[dict[str, Any]] | None = None,
    deviation: float | None = None,
) -> None:
    """Write an epoch's metrics, and the seconds that workers spent on it.

    Args:
        told: see ``Epoch``; None where no search is told of it.
        folds: the metrics of each fold, of which the others are means; None: there are none.
        deviation: by how much the value differs among them.
    """
    session.execute(
        _SQL["record_epoch"],
        run,
        config,
        epoch,
        training,
        validation,
        value,
        told,
        None if folds is None else {"folds": folds},
        deviation,
    )


def epochs(session: Session, run: int) -> list[Epoch]:
    """Return what has been recorded of a run, in the order in which its search was told."""
    return [Epoch(**row) for row in session.fetch(_SQL["epochs"], run)]


def epochs_of(session: Session, run: int, config: int) -> list[Epoch]:
    """Return what has been recorded of a configuration, in the order of its epochs."""
    return [Epoch(**row) for row in session.fetch(_SQL["epochs_of"], run, config)]


def forget(session: ClientSession, run: int, network: Network, steps: int, done: int) -> None:
    """Delete what a network did after its first ``done`` units: its state is lost.

    Args:
        steps: how many units an epoch of it has.
    """
    with session.connection.transaction():
        session.execute(_SQL["forget_units"], run, *network, steps, done)
        session.execute(_SQL["forget_epochs"], run, network.config, steps, done)


def forget_refit(session: Session, run: int, config: int, steps: int, done: int) -> None:
    """Delete what a configuration's refit did after its first ``done`` units; see ``forget``."""
    session.execute(_SQL["forget_units"], run, config, 0, steps, done)


def seconds(session: Session, run: int) -> float:
    """Return for how many seconds units of a run have trained, those at once counted once."""
    total, end = 0.0, -math.inf
    for row in session.fetch(_SQL["times"], run):
        total += max(row["finished"] - max(row["started"], end), 0.0)
        end = max(row["finished"], end)
    return total


def state_bytes(session: Session, run: int) -> int:
    """Return how large the states of all configurations of a run are together."""
    return int(session.fetch(_SQL["state_bytes"], run)[0]["bytes"])
