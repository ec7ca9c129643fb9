"""cerebro_grant, _revoke, _share and _unshare: who may do what, and with whose things."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.store import datasets, models, roles, runs
from cerebro_db.store.named import Named

_SHARED = {named.kind: named for named in (runs.NAMED, datasets.NAMED, models.NAMED)}


def grant(context: Context, role: str, level: str) -> None:
    """Give a role a level instead of the one that it has, in the caller's transaction."""
    context.require_writable()
    name = roles.name_of(context.caller, role)
    roles.set_level(context.caller, name, level)
    context.once_committed(f"{name} has level {level}")


def revoke(context: Context, role: str) -> None:
    """Take a role's level, in the caller's transaction, and at once all that is shared with it."""
    context.require_writable()
    name = roles.name_of(context.caller, role)
    # Opened before: administrators may revoke their own level, and with it the right to open it.
    with context.control() as control:
        # First, since here the server looks whether the caller may.
        roles.set_level(context.caller, name, None)
        with control.connection.transaction():
            for named in _SHARED.values():
                named.unshare(control, None, name)
    context.once_committed(f"{name} has no level")


def share(context: Context, name: str, role: str, kind: str) -> None:
    """Let a role use a run, a dataset or a model of one's own, and no more than use it.

    Raises:
        InvalidArgument: nothing of this kind can be shared.
        UndefinedName: there is no such object, or no such role.
        NotPermitted: it belongs to another role.
    """
    named = _shared(kind)
    context.require_writable()
    other = roles.name_of(context.caller, role)
    with context.control() as control, control.connection.transaction():
        named.get(control, name, context.role, "own")
        named.share(control, name, other)
        context.audit(control, "share", kind, name, role=other)


def unshare(context: Context, name: str, role: str, kind: str) -> None:
    """Let a role no longer use what was shared with it; see ``share``."""
    named = _shared(kind)
    context.require_writable()
    other = roles.name_of(context.caller, role)
    with context.control() as control, control.connection.transaction():
        named.get(control, name, context.role, "own")
        named.unshare(control, name, other)
        context.audit(control, "unshare", kind, name, role=other)


def _shared(kind: str) -> Named:
    if kind not in _SHARED:
        raise InvalidArgument(
            f'cerebro_share knows no kind "{kind}"',
            detail="Shared is " + ", ".join(_SHARED) + ".",
            hint=nearest(kind, _SHARED),
        )
    return _SHARED[kind]
