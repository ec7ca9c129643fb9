"""Architectures that users registered."""

from __future__ import annotations

from typing import Any

from cerebro_db.session import Session
from cerebro_db.store.named import Named, Right
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "models.sql")

NAMED = Named("model", _SQL)


def create(session: Session, name: str, owner: str, definition: dict[str, Any]) -> None:
    """Write a model's row."""
    session.execute(_SQL["create"], name, owner, definition)


def get(session: Session, name: str, role: str, right: Right) -> dict[str, Any]:
    """Return the definition of the model of that name; raise UndefinedName or NotPermitted."""
    definition: dict[str, Any] = NAMED.get(session, name, role, right)["definition"]
    return definition


def delete(session: Session, name: str) -> None:
    """Delete a model's row."""
    session.execute(_SQL["delete"], name)
