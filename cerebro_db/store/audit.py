"""The audit trail: who did what. It is only written here; people read cerebro.audit."""

from __future__ import annotations

from typing import Any

from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "audit.sql")


def record(
    session: Session,
    *,
    login: str,
    role: str,
    action: str,
    kind: str,
    name: str,
    details: dict[str, Any],
) -> None:
    """Add a line: a role, under a login, has done something to what has a kind and a name."""
    session.execute(_SQL["record"], login, role, action, kind, name, details)
