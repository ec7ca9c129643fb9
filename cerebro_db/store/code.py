"""Registered code: what administrators put down, and which versions runs carry."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cerebro_db.errors import NotPermitted, UndefinedName, nearest
from cerebro_db.session import Row, Session
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "code.sql")


@dataclass(frozen=True)
class NewCode:
    """A version to be stored, with what its source states of itself."""

    name: str
    kind: str
    source: str
    sha256: str
    arguments: str
    higher_is_better: bool | None


def find(session: Session, name: str, kind: str) -> Row | None:
    """Return the fields of a model.Code: the current one of a name, if it is of this kind."""
    rows = session.fetch(_SQL["find"], name, kind)
    return rows[0] if rows else None


def of_run(session: Session, run: int) -> list[Row]:
    """Return the fields of each model.Code that configurations of a run carry."""
    if not session.fetch(_SQL["noted"], run)[0]["code"]:
        return []
    carried = [json.loads(row["code"] or "[]") for row in session.fetch(_SQL["of_run"], run)]
    return [code for codes in carried for code in codes]


def note(session: Session, run: int, carried: Iterable[Row]) -> None:
    """Write for people which code configurations of a run carry, besides what is noted before.

    Args:
        carried: the fields of each model.Code.
    """
    versions = {f"{code['name']}@{code['sha256'][:12]}" for code in carried}
    if not versions:
        return
    before = session.fetch(_SQL["noted"], run)[0]["code"]
    if not versions.issubset(before):
        session.execute(_SQL["note"], run, sorted(versions.union(before)))


def is_registered(caller: Session, name: str) -> bool:
    """Return whether code of that name is registered, in the session of an administrator."""
    return bool(caller.fetch(_SQL["taken"], name))


def store(caller: Session, code: NewCode) -> None:
    """Make a version the current one of its name, with the rights and in the transaction of the
    caller, who is its author."""
    caller.execute(_SQL["store"], *vars(code).values())


def runs_with(session: Session, name: str) -> list[str]:
    """Return the names of all runs that carry any version of a name."""
    return [
        row["name"]
        for row in session.fetch(_SQL["runs"])
        if any(version.startswith(f"{name}@") for version in row["code"])
    ]


def require_droppable(caller: Session, name: str) -> None:
    """Check that the caller may drop the code of a name, and that it is there.

    Raises:
        NotPermitted: the caller is no administrator.
        UndefinedName: there is none.
    """
    if not caller.fetch(_SQL["may_drop"])[0]["permitted"]:
        raise NotPermitted(
            f'permission denied for code "{name}"',
            detail="Registered code is the administrators' to drop.",
            hint="Ask a role of level admin.",
        )
    if not is_registered(caller, name):
        names = [row["name"] for row in caller.fetch(_SQL["names"])]
        raise UndefinedName(
            f'code "{name}" does not exist',
            detail="No code of that name is registered.",
            hint=nearest(name, names) or "There is no registered code at all.",
        )


def drop(caller: Session, name: str) -> None:
    """Forget all versions of a name, with the rights and in the transaction of the caller."""
    caller.execute(_SQL["drop"], name)


def measure(control: Session, spec: dict[str, Any], found: bytes) -> dict[str, Any]:
    """Return what ``cerebro._measure`` makes of packed targets and predictions."""
    measured: dict[str, Any] = control.fetch(_SQL["measure"], spec, found)[0]["found"]
    return measured
