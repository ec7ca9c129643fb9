"""What datasets, models and runs share: a name, an owner, and who else may use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cerebro_db.errors import DuplicateName, NotPermitted, UndefinedName, nearest
from cerebro_db.session import Row, Session

# 52912 is the class of names (runs have 52913); never waits, since a wait could not be cancelled.
_CLAIM = "select pg_try_advisory_xact_lock(52912, hashtext($1::text)) as claimed"

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

    def claim(self, session: Session, name: str) -> None:
        """Take a name until the transaction at hand ends, by when its object is written.

        Raises:
            DuplicateName: another session is making an object of that name.
        """
        key = f"{self.kind} {name}"
        if not session.fetch(_CLAIM, key)[0]["claimed"]:
            raise DuplicateName(
                f'{self.kind} "{name}" is being made by another session',
                detail=f"Names of {self.kind}s are unique in a database.",
                hint="Choose another name, or wait for that session.",
            )

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
