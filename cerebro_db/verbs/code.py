"""cerebro_register_code: an administrator puts down a layer, a loss or a metric as source."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.errors import DuplicateName
from cerebro_db.model.admission import LAYERS
from cerebro_db.model.code import Code, code_of, outline
from cerebro_db.model.tasks import TASKS
from cerebro_db.store import code
from cerebro_db.training.metrics import DIRECTIONS


def register_code(
    context: Context, name: str | None, kind: str | None, source: str, *, replace: bool
) -> None:
    """Read a source and store it; nothing of it is executed.

    It is written in the caller's transaction and with the caller's rights: only administrators may
    do what that calls.

    Raises:
        InvalidArgument: the source has no such class or function.
        LimitExceeded: it is too long.
        DuplicateName: there is code of that name, or something of the project's own.
    """
    context.require_writable()
    new = code_of(name, kind, source)
    _refuse_own_names(new)
    if not replace and code.is_registered(context.caller, new.name):
        raise DuplicateName(
            f'code "{new.name}" exists already',
            detail="Names of registered code are unique in a database.",
            hint="Say replace := true: runs that have begun keep the code that they have.",
        )
    stated = outline(new)
    code.store(
        context.caller,
        code.NewCode(
            **vars(new), arguments=stated.arguments, higher_is_better=stated.higher_is_better
        ),
    )
    context.once_committed(f"{new.kind} {new.name} is registered")


def _refuse_own_names(new: Code) -> None:
    own = {
        "layer": tuple(LAYERS),
        "loss": tuple(name for task in TASKS.values() for name in task.losses),
        # And what stands beside the metrics in what cerebro_evaluate gives.
        "metric": ("rows", *DIRECTIONS),
    }
    if new.name in own[new.kind]:
        raise DuplicateName(
            f'"{new.name}" is a {new.kind} of cerebro_db itself',
            detail="Taken are: " + ", ".join(dict.fromkeys(own[new.kind])) + ".",
            hint="Choose another name.",
        )
