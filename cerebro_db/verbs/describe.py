"""cerebro_describe: what an owner says of a run, and the tags that it is found by."""

from __future__ import annotations

from collections.abc import Sequence

from cerebro_db.context import Context
from cerebro_db.driving.descriptions import DESCRIPTION, TAGS, is_description, is_tags
from cerebro_db.errors import InvalidArgument
from cerebro_db.store import runs


def describe(
    context: Context, name: str, description: str | None, tags: Sequence[str] | None
) -> None:
    """Describe and tag a run, whatever its status; None leaves what is there.

    Raises:
        UndefinedName: there is no such run.
        NotPermitted: it belongs to another role.
        InvalidArgument: the description is too long, or something is no tag.
    """
    context.require_writable()
    if description is not None and not is_description(description):
        raise _refused("description", description, DESCRIPTION)
    if tags is not None and not is_tags(tags):
        raise _refused("tags", tags, TAGS)
    with context.control() as control, control.connection.transaction():
        run = runs.get(control, name, context.role, "own")
        runs.describe(control, run.id, description, tags)
        context.audit(control, "describe", "run", name)


def _refused(name: str, value: object, due: str) -> InvalidArgument:
    return InvalidArgument(
        f"{name} must be {due}",
        detail=f"It is {str(value)[:100]!r}.",
        hint="NULL leaves what is there.",
    )
