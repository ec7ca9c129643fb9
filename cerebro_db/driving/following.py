"""Waits for a run that another session drives, with its lines and its error, as if this one did."""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg

from cerebro_db.context import Context
from cerebro_db.driving.endings import is_cancel
from cerebro_db.engines.sessions.loopback import waiting_for
from cerebro_db.errors import Cancelled, CerebroError, Relayed, RunFailed
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.session.messages import Failure
from cerebro_db.session.process import Leaving
from cerebro_db.store import runs, told, workers
from cerebro_db.store.turns import pause

# How long a service that has workers warm may take to come for a run: one that hears of it, and one
# that looks every two seconds.
_GRACE_SECONDS, _UNHEARD_SECONDS = 2.0, 5.0
# Of a run that is cancelled, to end.
_CANCEL_SECONDS = 2.0
# A look costs next to nothing of what a run takes, and hardly delays its end.
_SHARE = 0.1
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25
# Between two looks at who works for the run.
_WORKERS_SECONDS = 1.0

# What may go wrong while a caller leaves, of whom that is nothing any more.
_LAST = (psycopg.Error, CerebroError, Leaving, KeyboardInterrupt)


class Follower:
    """Waits for one run.

    Args:
        context: the call that waits.
        control: the session that waits.
        run: the run, which is written, and has this session for its caller.
    """

    def __init__(self, context: Context, control: ClientSession, run: runs.Run) -> None:
        self._context = context
        self._control = control
        self._run = run
        self._read = 0
        self._failure: Failure | None = None
        self._began = self._looked = time.monotonic()

    def to_the_end(self) -> list[Row] | None:
        """Return the rows of the leaderboard, best first; None: nobody drives the run, and from now
        on this session does.

        Where the caller is cancelled, so is the run.

        Raises:
            Relayed: what ended the run, or broke it off, in the session that drove it.
            RunFailed, Cancelled: nobody has told why it ended so.
            UndefinedName: it was dropped meanwhile.
            Exception: what cancels the caller.
        """
        try:
            return self._follow()
        except Relayed:
            raise
        except BaseException as error:
            if is_cancel(error):
                with suppress(*_LAST):
                    self._cancel_surely()
            raise
        finally:
            with suppress(*_LAST):
                told.forget(self._control, self._run.id)

    def _follow(self) -> list[Row] | None:
        taken = False
        with waiting_for() as processes:
            while True:
                standing = runs.standing(self._control, self._run.id)
                self._hear()
                if standing.process is not None:
                    taken = True
                    self._look_at_workers(standing.process, processes)
                elif standing.over or self._failure is not None:
                    return self._ended(standing)
                elif (taken or not self._comes()) and self._takes_over(told=taken):
                    return None
                self._pause()

    def _hear(self) -> None:
        """Show what was said since the last look."""
        for line in told.read(self._control, self._run.id, self._read):
            self._read = line.number
            if isinstance(line.said, Failure):
                self._failure = line.said
            else:
                self._context.notice(line.said)

    def _ended(self, standing: runs.Standing) -> list[Row]:
        if standing.status in ("finished", "stopped"):
            return runs.leaderboard(self._control, self._run.name)
        if (failure := self._failure) is not None:
            raise Relayed(
                failure.message,
                sqlstate=failure.sqlstate,
                detail=failure.detail or "",
                hint=failure.hint or "",
            )
        kind = Cancelled if standing.status == "cancelled" else RunFailed
        raise kind(
            f'run "{self._run.name}" is {standing.status}',
            detail=standing.error or "",
            hint="See cerebro.runs; cerebro_resume goes on with it.",
        )

    def _comes(self) -> bool:
        """Return whether a service may still take the run up."""
        grace = _GRACE_SECONDS if self._context.server.hears else _UNHEARD_SECONDS
        soon = time.monotonic() - self._began < grace
        return soon and workers.keeper(self._control, self._run.owner) is not None

    def _takes_over(self, *, told: bool) -> bool:
        """Have this session drive the run, unless another one does by now, or has ended it."""
        if not runs.drive(self._control, self._run.id):
            return False
        if runs.standing(self._control, self._run.id).over:
            runs.let_go(self._control, self._run.id)
            return False
        if told:
            self._context.notice(
                f"{self._run.name}: who drove it is gone; this session goes on with it"
            )
        return True

    def _look_at_workers(self, planner: int, processes: set[int]) -> None:
        """Note who works for this caller: for a lock of its own they would wait for ever."""
        if not processes or time.monotonic() - self._looked > _WORKERS_SECONDS:
            self._looked = time.monotonic()
            processes.clear()
            processes.update([planner, *workers.of_run(self._control, self._run.id)])

    def _pause(self) -> None:
        share = _SHARE * (time.monotonic() - self._began)
        pause(self._control, min(max(share, _SHORTEST_PAUSE), _LONGEST_PAUSE))

    def _cancel_surely(self) -> None:
        """Have the run end, whatever signals of the one cancel strike: see ``Crew.cancel``."""
        deadline = time.monotonic() + _CANCEL_SECONDS
        try:
            try:
                self._cancel(deadline)
            finally:
                self._cancel(deadline)
        finally:
            self._cancel(deadline)

    def _cancel(self, deadline: float) -> None:
        """Have the run end, and wait for that until a moment."""
        run = self._run.id
        with self._control.connection.transaction():
            driven = runs.driven(self._control, run)
            if driven:
                runs.order(self._control, run, "cancel")
            elif not runs.standing(self._control, run).over:
                runs.finish(self._control, run, "cancelled", "its caller was cancelled")
        while driven and time.monotonic() < deadline:
            pause(self._control, 0.05)
            driven = runs.standing(self._control, run).process is not None
