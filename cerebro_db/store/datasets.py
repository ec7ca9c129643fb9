"""Datasets: what was prepared, from where, for whom. The chunks themselves are the engines'."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cerebro_db.folds import Folds
from cerebro_db.session import Session
from cerebro_db.store.named import Named, Right
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "datasets.sql")

NAMED = Named("dataset", _SQL)


@dataclass(frozen=True)
class Dataset:
    """A row of cerebro._datasets; ``encoding`` is the JSON of a dataset.Encoding.

    For ``folds`` and ``forward`` see ``Folds``; ``key`` is the column that names its rows.
    """

    id: int
    name: str
    target: str
    task: str
    rows: int
    validation_rows: int
    excluded_rows: int
    partitions: int
    bytes: int
    encoding: dict[str, Any]
    created: str = ""
    folds: int = 0
    forward: bool = False
    key: str | None = None


@dataclass(frozen=True)
class Standing:
    """The owner of a dataset, and the roles that may use it too."""

    owner: str
    shared_with: list[str] = field(default_factory=list)


def next_id(session: Session) -> int:
    """Draw the number of a new dataset."""
    return int(session.fetch(_SQL["next_id"])[0]["id"])


def create(
    session: Session,
    dataset: Dataset,
    *,
    standing: Standing,
    source: str,
    choices: list[dict[str, Any]],
    notes: tuple[str, ...],
) -> None:
    """Write a dataset's row."""
    session.execute(
        _SQL["create"],
        dataset.id,
        dataset.name,
        standing.owner,
        source,
        dataset.target,
        dataset.task,
        dataset.rows,
        dataset.validation_rows,
        dataset.excluded_rows,
        dataset.partitions,
        dataset.bytes,
        dataset.encoding,
        {"choices": choices},
        {"notes": list(notes)},
        standing.shared_with,
        dataset.folds,
        dataset.forward,
        Folds(dataset.partitions, dataset.folds, dataset.forward).hops,
        dataset.key,
    )


def find(session: Session, name: str, role: str, right: Right) -> Dataset | None:
    """Return the dataset of that name, or None; raise NotPermitted without that right."""
    row = NAMED.find(session, name, role, right)
    return None if row is None else Dataset(**row)


def get(session: Session, name: str, role: str, right: Right) -> Dataset:
    """Return the dataset of that name; raise UndefinedName or NotPermitted."""
    return Dataset(**NAMED.get(session, name, role, right))


def standing(session: Session, dataset: int) -> Standing:
    """Return whose a dataset is, and who may use it."""
    return Standing(**session.fetch(_SQL["standing"], dataset)[0])


def load(session: Session, dataset: int) -> Dataset:
    """Return the dataset of that number, which exists, whoever asks."""
    return Dataset(**session.fetch(_SQL["load"], dataset)[0])


def runs_of(session: Session, dataset: int) -> list[str]:
    """Return the names of the runs that were trained on a dataset."""
    return [row["name"] for row in session.fetch(_SQL["runs"], dataset)]


def delete(session: Session, dataset: int) -> None:
    """Delete a dataset's row."""
    session.execute(_SQL["delete"], dataset)
