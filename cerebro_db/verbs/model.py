"""cerebro_model: registers an architecture under a name."""

from __future__ import annotations

from typing import Any

from cerebro_db.context import Context, check_name
from cerebro_db.driving.registry import Registry
from cerebro_db.model import check_definition
from cerebro_db.store import models


def register(context: Context, name: str | None, definition: dict[str, Any]) -> None:
    """Admit a definition and store it.

    Raises:
        InvalidArgument: the definition is not admitted.
        DuplicateName: a model of that name exists.
    """
    context.require_writable()
    name = check_name(name, "model")
    with (
        context.control() as control,
        models.NAMED.claimed(control, name),
        control.connection.transaction(),
    ):
        check_definition(definition, Registry(control, context.role).code)
        models.NAMED.refuse(
            control, name, context.role, "Drop it first: cerebro_drop(name, 'model')."
        )
        models.create(control, name, context.role, definition)
        context.audit(control, "model", "model", name)
