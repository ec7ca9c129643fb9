"""Runs: what was asked for, how they stand, how they ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cerebro_db.errors import UndefinedName
from cerebro_db.session import Row, Session
from cerebro_db.session.client import ClientSession
from cerebro_db.store.named import Named, Right
from cerebro_db.store.sessions import living
from cerebro_db.store.statements import load_statements

_SQL = load_statements(__package__, "runs.sql")

NAMED = Named("run", _SQL)

# What is deleted with a run, in this order.
_PARTS = (
    "delete_units",
    "delete_epochs",
    "delete_decisions",
    "delete_members",
    "delete_appraisals",
    "delete_kept_states",
    "delete_pretrained",
    "delete_told",
    "delete_configs",
    "delete_specs",
)

Status = Literal["queued", "running", "finished", "stopped", "cancelled", "failed"]
Wanted = Literal["run", "stop", "cancel"]


@dataclass(frozen=True)
class NewRun:
    """The request of a run, with every default filled in."""

    name: str
    owner: str
    dataset: int
    prepared: bool
    metric: str
    higher_is_better: bool
    model: dict[str, Any]
    space: dict[str, Any] | list[Any]
    search: dict[str, Any]
    epochs: int
    workers: int
    seed: int
    options: dict[str, Any]
    submitted: bool
    planner: str | None
    description: str | None = None
    tags: Sequence[str] = ()
    models: dict[str, Any] = field(default_factory=dict)
    caller: str | None = None


@dataclass(frozen=True)
class Run:
    """A run as its row has it; whether a planner drives it ``driven`` tells."""

    id: int
    name: str
    owner: str
    dataset_id: int
    dataset: str
    prepared: bool
    metric: str
    higher_is_better: bool
    model: dict[str, Any]
    space: dict[str, Any] | list[Any]
    search: dict[str, Any]
    epochs: int
    workers: int
    seed: int
    options: dict[str, Any]
    status: Status
    submitted: bool
    attempts: int
    caller: str | None


@dataclass(frozen=True)
class Orders:
    """The wishes of people for a run.

    Args:
        wanted: of the run as a whole.
        count: grows with each change of what is wanted of the run or of its configurations.
        planner: the session that is to see to it.
        left: whether its caller has left, who wanted it cancelled then.
    """

    wanted: Wanted
    count: int
    planner: str | None
    left: bool


@dataclass(frozen=True)
class Standing:
    """How a run stands.

    Args:
        status: as its row has it.
        error: what ended it early.
        process: that of the session that drives it; None: nobody does.
    """

    status: Status
    error: str | None
    process: int | None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status not in ("queued", "running")


def create(session: Session, run: NewRun) -> int:
    """Write a run's row, which is queued, and return its number.

    Its planner is a session that makes it, or nobody yet.
    """
    rows = session.fetch(
        _SQL["create"],
        run.name,
        run.owner,
        run.dataset,
        run.prepared,
        run.metric,
        run.higher_is_better,
        run.model,
        # A list would be sent as an array.
        json.dumps(run.space),
        run.search,
        run.epochs,
        run.workers,
        run.seed,
        run.options,
        run.submitted,
        run.planner,
        run.description,
        list(dict.fromkeys(run.tags)),
        run.models,
        run.caller,
    )
    return int(rows[0]["id"])


def models_of(session: Session, run: int) -> dict[str, Any]:
    """Return the registered definitions that a run carries, by name, as they were when it took them
    up; runs of earlier releases carry none."""
    models: dict[str, Any] = session.fetch(_SQL["models"], run)[0]["models"]
    return models


def set_models(session: Session, run: int, models: dict[str, Any]) -> None:
    """Write the registered definitions that a run carries."""
    session.execute(_SQL["set_models"], run, models)


def get(session: Session, name: str, role: str, right: Right) -> Run:
    """Return the run of that name; raise UndefinedName or NotPermitted."""
    found = NAMED.get(session, name, role, right)
    # Who owns it the caller may know by now.
    return load(session, int(found["id"]))


def load(session: Session, run: int) -> Run:
    """Return the run of that number, which exists, whoever asks."""
    return Run(**session.fetch(_SQL["load"], run)[0])


def hold(session: Session, run: int) -> None:
    """Keep others from changing a run's row, or holding it, while this transaction lasts."""
    session.execute(_SQL["hold"], run)


def driven(control: ClientSession, run: int) -> bool:
    """Return whether another session drives a run; no other begins to while this transaction lasts.

    Raises:
        UndefinedName: it was dropped.
    """
    hold(control, run)
    found = control.fetch(_SQL["planner"], run)
    if not found:
        raise _dropped(run)
    now = living(control)
    planner = found[0]["planner"]
    return planner in now and planner != now.own


def drive(control: ClientSession, run: int) -> bool:
    """Have this session drive a run, as long as it lives; return False where another one does.

    Raises:
        UndefinedName: it was dropped.
    """
    with control.connection.transaction():
        if driven(control, run):
            return False
        control.execute(_SQL["drive"], run, living(control).own)
    return True


def let_go(session: Session, run: int) -> None:
    """Have nobody drive a run that this session drives."""
    session.execute(_SQL["let_go"], run)


def queue(session: Session, run: int) -> None:
    """Write that a run waits for workers."""
    session.execute(_SQL["queue"], run)


def take_up(session: Session, run: int, workers: int) -> None:
    """Write that a planner with so many workers begins with a run, or goes on with it."""
    session.execute(_SQL["take_up"], run, workers)


def orders(session: Session, run: int) -> Orders:
    """Return what people want of a run; raise UndefinedName if it was dropped."""
    found = session.fetch(_SQL["orders"], run)
    if not found:
        raise _dropped(run)
    row = found[0]
    return Orders(row["wanted"], row["orders"], row["planner"], bool(row["left"]))


def standing(control: ClientSession, run: int) -> Standing:
    """Return how a run stands; raise UndefinedName if it was dropped."""
    # Asked first: a planner that is gone by then has written its last.
    processes = living(control).processes
    found = control.fetch(_SQL["standing"], run)
    if not found:
        raise _dropped(run)
    row = found[0]
    return Standing(row["status"], row["error"], processes.get(row["planner"]))


def call(session: Session, run: int, caller: str) -> None:
    """Write which session waits for a run, or drives it for itself."""
    session.execute(_SQL["call"], run, caller)


def order(session: Session, run: int, wanted: Wanted | None = None) -> None:
    """Have the planner of a run look at what is wanted of it, or of its configurations."""
    session.execute(_SQL["order"], run, wanted)


def finish(session: Session, run: int, status: Status, error: str | None = None) -> None:
    """Write how a run ended."""
    session.execute(_SQL["finish"], run, status, error)


def interrupt(session: Session, run: int, reason: str) -> None:
    """Write why a run's planner gives it up, for whoever goes on with it."""
    session.execute(_SQL["interrupt"], run, reason)


def describe(
    session: Session, run: int, description: str | None, tags: Sequence[str] | None
) -> None:
    """Write what is said of a run; None leaves what is there, an empty text takes it away."""
    session.execute(
        _SQL["describe"], run, description, None if tags is None else list(dict.fromkeys(tags))
    )


def leaderboard(session: Session, name: str) -> list[Row]:
    """Return the rows of cerebro.leaderboard, best first."""
    return session.fetch(_SQL["leaderboard"], name)


def delete(session: Session, run: int) -> None:
    """Delete a run's rows, and those of its configurations, units, epochs and states.

    The session has to be in a transaction.
    """
    for statement in _PARTS:
        session.execute(_SQL[statement], run)
    session.execute(_SQL["delete"], run)


def _dropped(run: int) -> UndefinedName:
    return UndefinedName(
        "the run was dropped",
        detail=f"Another session dropped the run of number {run} meanwhile.",
        hint="See cerebro.runs for those that are left.",
    )
