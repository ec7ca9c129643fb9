"""What datasets, models and runs share: a name, an owner, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass

from cerebro_db.errors import DuplicateName, NotPermitted, UndefinedName, nearest
from cerebro_db.session import Row, Session

# 52912 is the class of names (runs have 52913); never waits, since a wait could not be cancelled.
_CLAIM = "select pg_try_advisory_xact_lock(52912, hashtext($1::text)) as claimed"


@dataclass(frozen=True)
class Named:
    """Objects of one kind, found through its statements ``find`` and ``names``."""

    kind: str
    statements: dict[str, str]

    def find(self, session: Session, name: str, role: str) -> Row | None:
        """Return the object of that name, without who owns it, or None.

        Raises:
            NotPermitted: it is another role's.
        """
        rows = session.fetch(self.statements["find"], name, role)
        if not rows:
            return None
        row = rows[0]
        owner = row.pop("owner")
        if not row.pop("permitted"):
            raise NotPermitted(
                f'permission denied for {self.kind} "{name}"',
                detail=f"It belongs to role {owner}; you are {role}.",
                hint="Choose another name, or ask its owner.",
            )
        return row

    def get(self, session: Session, name: str, role: str) -> Row:
        """Return the object of that name.

        Raises:
            UndefinedName: there is none.
            NotPermitted: it is another role's.
        """
        row = self.find(session, name, role)
        if row is None:
            names = [found["name"] for found in session.fetch(self.statements["names"], role)]
            raise UndefinedName(
                f'{self.kind} "{name}" does not exist',
                detail=f"No {self.kind} of that name is in this database.",
                hint=nearest(name, names) or f"There is no {self.kind} at all yet.",
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
        """Raise DuplicateName if there is an object of that name, NotPermitted if not one's own."""
        if self.find(session, name, role) is not None:
            raise DuplicateName(
                f'{self.kind} "{name}" exists already',
                detail=f"Names of {self.kind}s are unique in a database.",
                hint=hint,
            )
