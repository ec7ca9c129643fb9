"""cerebro_drop: forgets a run, a dataset, a model or registered code."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.errors import InUse, InvalidArgument, nearest
from cerebro_db.session.client import ClientSession
from cerebro_db.store import code, datasets, models, runs
from cerebro_db.store.space import reclaim
from cerebro_db.verbs.prepare import delete_dataset


def drop(context: Context, name: str, kind: str) -> None:
    """Drop an object of one's own.

    Raises:
        InvalidArgument: the kind is none of run, dataset, model and code.
        UndefinedName: there is no such object.
        NotPermitted: it is another's; code is the administrators'.
        InUse: the run is running, or runs need the dataset or the code.
    """
    if kind not in _DROPS:
        raise InvalidArgument(
            f'cerebro_drop knows no kind "{kind}"',
            detail="It drops " + ", ".join(_DROPS) + ".",
            hint=nearest(str(kind), _DROPS),
        )
    context.require_writable()
    with context.control() as control:
        with control.connection.transaction():
            _DROPS[kind](context, control, name)
            context.audit(control, "drop", kind, name)
        reclaim(control)


def _drop_run(context: Context, control: ClientSession, name: str) -> None:
    """Drop a run, and with it the dataset that was prepared under its name for it alone."""
    run = runs.get(control, name, context.role, "own")
    if runs.driven(control, run.id):
        raise InUse(
            f'run "{name}" is running',
            detail="Another session drives it.",
            hint="Cancel it first, with cerebro_cancel, and wait for its end.",
        )
    context.server.drop_states(control, run.id)
    runs.delete(control, run.id)
    if run.prepared:
        dataset = datasets.get(control, run.dataset, context.role, "own")
        if not datasets.runs_of(control, dataset.id):
            delete_dataset(context, control, dataset)


def _drop_dataset(context: Context, control: ClientSession, name: str) -> None:
    delete_dataset(context, control, datasets.get(control, name, context.role, "own"))


def _drop_model(context: Context, control: ClientSession, name: str) -> None:
    models.get(control, name, context.role, "own")
    models.delete(control, name)


def _drop_code(context: Context, control: ClientSession, name: str) -> None:
    """Drop all versions, with the rights and in the transaction of the caller."""
    code.require_droppable(context.caller, name)
    users = code.runs_with(control, name)
    if users:
        raise InUse(
            f'runs use code "{name}"',
            detail="They are: " + ", ".join(users) + ".",
            hint="Drop these runs first; they could neither go on nor predict without it.",
        )
    code.drop(context.caller, name)
    context.once_committed(f"{name} is dropped")


_DROPS = {
    "run": _drop_run,
    "dataset": _drop_dataset,
    "model": _drop_model,
    "code": _drop_code,
}
