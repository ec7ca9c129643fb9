"""Roles as verbs are given them, and the level that each has."""

from __future__ import annotations

from cerebro_db.errors import NotPermitted, UndefinedName
from cerebro_db.session import Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "roles.sql")

# What workers run as: it has what it needs, and can be given nothing.
_WORKER = "cerebro_worker"


def name_of(session: Session, role: str) -> str:
    """Return the name of a role, given in the text form of the argument's type.

    Raises:
        UndefinedName: there is no such role; PUBLIC is none.
        NotPermitted: it is the workers' own.
    """
    name: str | None = session.fetch(_SQL["name"], role)[0]["name"]
    if name is None:
        raise UndefinedName(
            f"role {role} does not exist",
            detail="Levels are given to roles, and things are shared with roles, not with PUBLIC.",
            hint="Create a role for those who are to have it, and grant that to them.",
        )
    if name == _WORKER:
        raise NotPermitted(
            f"role {name} can be given nothing",
            detail="Workers run as this role, and no person is to.",
            hint="Name a role of people or applications.",
        )
    return name


def set_level(session: Session, role: str, level: str | None) -> None:
    """Give a role a level in the place of the one that it has; None: no level.

    Raises:
        SQL errors of cerebro._set_level: there is no such level.
    """
    session.execute(_SQL["set_level"], role, level)
