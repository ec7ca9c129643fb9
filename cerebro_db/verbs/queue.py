"""cerebro_submit, cerebro_run_queue and cerebro_wait: searches that somebody else runs, later.

Rows are prepared when a run is submitted, in the session of whoever submits it: whoever runs the
queue never runs another's SQL.
"""

from __future__ import annotations

import contextlib
from contextlib import ExitStack
from textwrap import shorten

import psycopg

from cerebro_db.context import Context
from cerebro_db.driving.carry_on import carry_on
from cerebro_db.driving.endings import interrupts, is_cancel, reason_of
from cerebro_db.driving.relay import Relay
from cerebro_db.errors import Cancelled, CerebroError, Standoff, UndefinedName
from cerebro_db.session.client import ClientSession
from cerebro_db.store import queue, runs
from cerebro_db.store.turns import pause
from cerebro_db.verbs.create import check, create
from cerebro_db.verbs.request import Fit
from cerebro_db.words import counted

# How many planners may die over a run.
_MAX_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
# Of a line about a run.
_MAX_LENGTH = 300


def submit(context: Context, request: Fit) -> int:
    """Queue a run, and return its number.

    Raises:
        CerebroError: an argument is wrong, or the source cannot be trained on.
    """
    with context.control() as control, ExitStack() as sources:
        checked = check(context, control, request, sources)
        workers = checked.outline.workers
        return create(
            context, control, request, checked, workers=workers, submitted=True, awaited=False
        )


def run_queue(context: Context, most: int | None) -> int:
    """Run what is queued, one after the other, and return how many runs there were.

    Tells the caller in a line how each ended. Where a run fails, the next one follows.

    Args:
        most: how many to run at most.

    Raises:
        Exception: what cancels the caller. The run in hand goes back to the queue.
    """
    context.require_writable()
    done: set[int] = set()
    while most is None or len(done) < most:
        with context.control() as control:
            run = queue.claim(control, context.role, done)
            if run is None:
                break
            done.add(run.id)
            context.info(f"{run.name}: {_run(context, control, run)}")
    return len(done)


def wait(context: Context, name: str) -> str:
    """Wait until a run is over, and return its status.

    A run of the queue that was interrupted is not over: it will be gone on with.

    Raises:
        UndefinedName: there is no such run, or it is dropped meanwhile.
        NotPermitted: it is another role's.
    """
    with context.control() as control:
        run = runs.get(control, name, context.role, "use")
        while (standing := queue.standing(control, run.id)) is not None:
            waiting = ("queued", "running", *(["interrupted"] if standing.submitted else []))
            if standing.status not in waiting:
                return standing.status
            pause(control, _PAUSE_SECONDS)
    raise UndefinedName(
        f'run "{name}" was dropped',
        detail="Another session dropped it while this one waited.",
        hint="See cerebro.runs for those that are left.",
    )


def _run(context: Context, control: ClientSession, run: queue.Claimed) -> str:
    """Drive a run to its end; return how it ended."""
    if run.status == "running" and run.attempts >= _MAX_ATTEMPTS:
        error = f"given up: {counted(run.attempts, 'planner was', 'planners were')} lost over it"
        runs.finish(control, run.id, "failed", error)
        return f"failed: {error}"
    relay = Relay(control, runs.load(control, run.id))
    try:
        carry_on(context.also_heard_by(relay.notice), control, run.id)
    except BaseException as error:
        if _stops_the_queue(error):
            # If the control session is gone too, the run shows as interrupted, and is gone on with.
            with contextlib.suppress(psycopg.Error, Standoff):
                queue.give_back(control, run)
            raise
        if isinstance(error, Exception):
            # Where it is this session that ends, the caller goes on with the run.
            with contextlib.suppress(psycopg.Error, Standoff):
                relay.error(error)
        return _broken_off(control, run, error)
    finally:
        with contextlib.suppress(psycopg.Error, Standoff):
            relay.close()
    return _status(control, run)


def _broken_off(control: ClientSession, run: queue.Claimed, error: BaseException) -> str:
    """Return how a run stands that an error has broken off, in words."""
    if interrupts(error):
        with contextlib.suppress(psycopg.Error):
            queue.no_attempt(control, run)
            if isinstance(error, Exception):
                # The caller has the error: it is for him to say when the run goes on.
                queue.give_up(control, run)
        return shorten(f"interrupted: {reason_of(error)}", _MAX_LENGTH)
    if isinstance(error, CerebroError) and _status(control, run) in ("queued", "running"):
        # It could not begin, and nobody is helped if that is tried again and again.
        runs.finish(control, run.id, "failed", error.message)
    return shorten(f"{_status(control, run)}: {error}", _MAX_LENGTH)


def _stops_the_queue(error: BaseException) -> bool:
    """Return whether it is the caller who was cancelled or is in the way, and neither the run nor
    its session."""
    if isinstance(error, Standoff):
        return True
    return not isinstance(error, Cancelled | psycopg.Error) and is_cancel(error)


def _status(control: ClientSession, run: queue.Claimed) -> str:
    try:
        return runs.load(control, run.id).status
    except psycopg.Error:
        return "interrupted"
