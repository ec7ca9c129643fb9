"""The verbs that say who may do what, and with whose things."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.udf.arguments import given
from cerebro_db.udf.context import verb
from cerebro_db.verbs import rights


@verb
def grant(context: Context, role: str | None, level: str | None) -> None:
    """cerebro_grant."""
    rights.grant(context, given(role, "role"), given(level, "level"))


@verb
def revoke(context: Context, role: str | None) -> None:
    """cerebro_revoke."""
    rights.revoke(context, given(role, "role"))


@verb
def share(context: Context, name: str | None, role: str | None, kind: str | None) -> None:
    """cerebro_share."""
    rights.share(context, given(name, "name"), given(role, "role"), given(kind, "kind"))


@verb
def unshare(context: Context, name: str | None, role: str | None, kind: str | None) -> None:
    """cerebro_unshare."""
    rights.unshare(context, given(name, "name"), given(role, "role"), given(kind, "kind"))
