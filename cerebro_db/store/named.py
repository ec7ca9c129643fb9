"""The common parts of datasets, models and runs: a name, an owner, and others who may use them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from cerebro_db.errors import DuplicateName, NotPermitted, UndefinedName, nearest
from cerebro_db.session import Row, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store.sessions import alone
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "named.sql")

Right = Literal["own", "use"]
"""What a role has to be allowed: ``own`` all, as the owner, its members and administrators are;
``use`` what those are too with whom it is shared."""


@dataclass(frozen=True)
class Named:
    """Objects of one kind, through its statements ``find``, ``names``, ``share``, ``unshare``."""

    kind: str
    statements: dict[str, str]

    def find(self, session: Session, name: str, role: str, right: Right) -> Row | None:
        """Return the object of that name, without who may what, or None.

        Raises:
            NotPermitted: the role has not the right.
        """
        rows = session.fetch(self.statements["find"], name, role)
        if not rows:
            return None
        row = rows[0]
        owner, owns, uses = row.pop("owner"), row.pop("owns"), row.pop("uses")
        if not uses:
            raise NotPermitted(
                f'permission denied for {self.kind} "{name}"',
                detail=f"It belongs to another role; you are {role}.",
                hint="Choose another name, or ask its owner for cerebro_share.",
            )
        if right == "own" and not owns:
            raise NotPermitted(
                f'permission denied for {self.kind} "{name}"',
                detail=f"It belongs to role {owner}, who shares it to be used; you are {role}.",
                hint="Ask its owner or an administrator to do this.",
            )
        return row

    def get(self, session: Session, name: str, role: str, right: Right) -> Row:
        """Return the object of that name.

        Raises:
            UndefinedName: there is none.
            NotPermitted: the role has not the right.
        """
        row = self.find(session, name, role, right)
        if row is None:
            names = [found["name"] for found in session.fetch(self.statements["names"], role)]
            raise UndefinedName(
                f'{self.kind} "{name}" does not exist',
                detail=f"No {self.kind} of that name is in this database.",
                hint=nearest(name, names) or f"There is no {self.kind} that you may use.",
            )
        return row

    @contextmanager
    def claimed(self, control: ClientSession, name: str) -> Iterator[None]:
        """Keep others from making an object of that name inside of a with block.

        The control session may be in no transaction, and commits the object before the block ends.
        After an error it ends, and with it what it claims.

        Raises:
            DuplicateName: another session is making an object of that name.
        """
        with alone(control, _SQL) as living:
            if control.fetch(_SQL["claimed"], self.kind, name):
                raise DuplicateName(
                    f'{self.kind} "{name}" is being made by another session',
                    detail=f"Names of {self.kind}s are unique in a database.",
                    hint="Choose another name, or wait for that session.",
                )
            control.execute(_SQL["claim"], self.kind, name, living.own)
        yield
        control.execute(_SQL["let_go"], self.kind, name)

    def refuse(self, session: Session, name: str, role: str, hint: str) -> None:
        """Raise DuplicateName if that name is taken, NotPermitted by what the role may not see."""
        if self.find(session, name, role, "use") is not None:
            raise DuplicateName(
                f'{self.kind} "{name}" exists already',
                detail=f"Names of {self.kind}s are unique in a database.",
                hint=hint,
            )

    def share(self, session: Session, name: str, role: str) -> None:
        """Let a role use the object of that name."""
        session.execute(self.statements["share"], name, role)

    def unshare(self, session: Session, name: str | None, role: str) -> None:
        """Let a role no longer use the object of that name; None: any of this kind."""
        session.execute(self.statements["unshare"], name, role)
