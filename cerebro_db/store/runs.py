"""Runs: what was asked for, how each configuration fared, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.session import Row, Session
from cerebro_db.store.named import Named
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "runs.sql")

NAMED = Named("run", _SQL)


@dataclass(frozen=True)
class NewRun:
    """What cerebro_fit was asked for, with every default filled in."""

    name: str
    owner: str
    dataset: int
    prepared: bool
    metric: str
    higher_is_better: bool
    model: dict[str, Any]
    space: dict[str, Any]
    search: dict[str, Any]
    epochs: int
    workers: int
    seed: int
    options: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A run as it stands."""

    id: int
    name: str
    dataset: str
    prepared: bool


@dataclass(frozen=True)
class NewConfig:
    """A configuration that the search proposed; ``spec`` is the JSON of a model.Spec."""

    config: int
    params: dict[str, Any]
    spec: dict[str, Any]


def create(session: Session, run: NewRun) -> int:
    """Write a run's row, lock it for this session and return its number."""
    rows = session.fetch(
        _SQL["create"],
        run.name,
        run.owner,
        run.dataset,
        run.prepared,
        run.metric,
        run.higher_is_better,
        run.model,
        run.space,
        run.search,
        run.epochs,
        run.workers,
        run.seed,
        run.options,
    )
    number = int(rows[0]["id"])
    session.fetch(_SQL["lock"], number)
    return number


def get(session: Session, name: str, role: str) -> Run:
    """Return the run of that name; raise UndefinedName or NotPermitted."""
    return Run(**NAMED.get(session, name, role))


def lock(session: Session, run: int) -> bool:
    """Lock a run for this session; False if a planner drives it."""
    return bool(session.fetch(_SQL["lock"], run)[0]["locked"])


def add_configs(session: Session, run: int, configs: list[NewConfig]) -> None:
    """Write the rows of new configurations."""
    session.execute(_SQL["add_config"], run, {"configs": [vars(config) for config in configs]})


def spec(session: Session, run: int, config: int) -> dict[str, Any]:
    """Return the JSON of a configuration's model.Spec."""
    found: dict[str, Any] = session.fetch(_SQL["spec"], run, config)[0]["spec"]
    return found


def set_config_status(
    session: Session, run: int, config: int, status: str, error: str | None = None
) -> None:
    """Change a configuration's status."""
    session.execute(_SQL["set_config_status"], run, config, status, error)


def record_epoch(
    session: Session,
    run: int,
    config: int,
    epoch: int,
    training: dict[str, Any],
    validation: dict[str, Any] | None,
    value: float | None,
) -> None:
    """Write an epoch's metrics, and the seconds that workers spent on it."""
    session.execute(_SQL["record_epoch"], run, config, epoch, training, validation, value)


def finish(session: Session, run: int, status: str, error: str | None = None) -> None:
    """Write how a run ended."""
    session.execute(_SQL["finish"], run, status, error)


def leaderboard(session: Session, name: str) -> list[Row]:
    """Return the rows of cerebro.leaderboard, best first."""
    return session.fetch(_SQL["leaderboard"], name)


def delete(session: Session, run: int) -> None:
    """Delete a run's rows, and those of its configurations, units, epochs and kept states.

    The session has to be in a transaction.
    """
    for statement in ("delete_units", "delete_epochs", "delete_kept_states", "delete_configs"):
        session.execute(_SQL[statement], run)
    session.execute(_SQL["delete"], run)
