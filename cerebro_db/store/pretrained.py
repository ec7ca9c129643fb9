"""Weights of other runs: those that a run keeps and can lend, and those that a run begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cerebro_db.session import Session
from cerebro_db.store import code
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "pretrained.sql")


@dataclass(frozen=True)
class Kept:
    """A configuration whose state a run keeps; ``encoding`` is that of the run's dataset."""

    config: int
    units: int
    spec: dict[str, Any]
    params: dict[str, Any]
    encoding: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What a run has copied of the configuration whose weights it begins with.

    Args:
        run, config: its name, and the configuration's number.
        spec: the JSON of a model.Spec.
        encoding: the JSON of the encoding of its dataset.
        definition: its architecture as it was defined: a family, or a Keras config.
        values: of the placeholders of that.
    """

    run: str
    config: int
    spec: dict[str, Any]
    encoding: dict[str, Any]
    definition: dict[str, Any]
    values: dict[str, Any]


def kept(session: Session, run: int, config: int | None) -> Kept | None:
    """Return a configuration whose state a run keeps, the best for None; None if it keeps none."""
    rows = session.fetch(_SQL["kept"], run, config)
    return Kept(**rows[0]) if rows else None


def kept_configs(session: Session, run: int) -> list[int]:
    """Return the configurations whose states a run keeps."""
    return [row["config"] for row in session.fetch(_SQL["kept_configs"], run)]


def state_of(session: Session, run: int, found: Kept) -> bytes:
    """Return the state of a configuration that a run keeps."""
    state: bytes = session.fetch(_SQL["kept_state"], run, found.config, found.units)[0]["state"]
    return state


def code_there(session: Session, name: str, kind: str, sha256: str) -> bool:
    """Return whether a version of registered code is still registered."""
    return bool(session.fetch(_SQL["code_there"], name, kind, sha256))


def add(session: Session, run: int, sha256: str, source: Source, lent: bytes) -> None:
    """Write the state that configurations of a run begin with, and what code they need for it."""
    session.execute(_SQL["add"], run, sha256, vars(source), lent)
    layers = [one for one in source.spec.get("code", ()) if one["kind"] == "layer"]
    code.note(session, run, layers)


def state(session: Session, run: int, sha256: str) -> bytes | None:
    """Return the state of that hash that configurations begin with; None: it is missing."""
    rows = session.fetch(_SQL["state"], run, sha256)
    return rows[0]["state"] if rows else None


def of_run(session: Session, run: int) -> tuple[str, Source] | None:
    """Return the hash of the state that configurations of a run begin with, and whose it was; None
    if they begin anew."""
    rows = session.fetch(_SQL["of_run"], run)
    return (rows[0]["sha256"], Source(**rows[0]["source"])) if rows else None
