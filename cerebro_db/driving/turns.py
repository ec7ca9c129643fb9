"""Searches take turns: each takes its workers before it opens them, or waits in a line for them.

First come, first served, but that nobody waits behind a search that waits only for its own role.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import psycopg

from cerebro_db.context import Context
from cerebro_db.errors import Cancelled, NoRoom, Standoff
from cerebro_db.session.client import ClientSession
from cerebro_db.store import runs, settings, turns
from cerebro_db.store.settings import Bounds
from cerebro_db.store.turns import Idler, Party, Turnstile
from cerebro_db.words import counted

_PAUSE_SECONDS = 0.5
# How many of those in front are named.
_NAMED = 3


def bounds_of(context: Context, control: ClientSession) -> Bounds:
    """Return what searches may use, as the administrator has it now."""
    return settings.read(control, context.server.most_workers(control))


class Turn:
    """The turn of one search. What it takes is its own until the control session ends.

    Args:
        context: the call that searches.
        control: states what is taken; in no transaction.
        bounds: what may be taken.
        owner: the role that it counts for.
        workers: how many to take, ``bounds.workers_of_a_run`` at most.
        keeper: the process that keeps the warm workers that it takes first; this caller's by
            default.
        heir_of: a session that may have taken the turn before, for this one.
    """

    def __init__(
        self,
        context: Context,
        control: ClientSession,
        bounds: Bounds,
        owner: str,
        workers: int,
        *,
        keeper: int | None = None,
        heir_of: str | None = None,
    ) -> None:
        self._context = context
        self._control = control
        self._bounds = bounds
        self._owner = owner
        self._me = Party(owner, workers)
        self._keeper = keeper
        self._heir_of = heir_of
        self.inherited = False
        """Whether it was another's turn before, or its own."""

    def take_now(self) -> bool:
        """Take the workers, all or none, without waiting; return whether there were enough."""
        with turns.turnstile(self._control) as turnstile:
            if self._inherits(turnstile):
                self.inherited = True
                self._make_room(turnstile)
                return True
            front = in_front(self._me, turnstile.others, self._bounds)
            if not front:
                turnstile.take(self._owner, self._me.workers)
                self._make_room(turnstile)
        return not front

    def _inherits(self, turnstile: Turnstile) -> bool:
        heir_of = self._heir_of
        return heir_of is not None and turnstile.inherit(heir_of, self._me.workers)

    def wait(self, run: int, name: str) -> None:
        """Take the workers when the turn comes.

        Until then ``queued_behind`` of the run says who is in front, and the caller is told. The
        control session may be in no transaction.

        Raises:
            NoRoom: there are not enough now, the administrator wants nobody to wait, and the run is
                not the queue's.
            Cancelled: somebody stopped or cancelled the run meanwhile.
        """
        said = ""
        self._queue_up()
        try:
            while front := self._move_up():
                behind = self._described(front)
                self._heed_orders(run, name, behind)
                if behind != said:
                    said = behind
                    turns.set_queued_behind(self._control, run, behind)
                    self._context.notice(f"{name}: queued behind {behind}")
                turns.pause(self._control, _PAUSE_SECONDS)
                self._bounds = bounds_of(self._context, self._control)
        finally:
            # If the session is gone, nobody takes the run for one that waits.
            with contextlib.suppress(psycopg.Error, Standoff):
                turns.set_queued_behind(self._control, run, None)

    def _queue_up(self) -> None:
        with turns.turnstile(self._control) as turnstile:
            ticket = 1 + max((other.ticket or 0 for other in turnstile.others), default=0)
            turnstile.take(self._owner, self._me.workers, ticket)
        self._me = replace(self._me, ticket=ticket)

    def _move_up(self) -> list[Party]:
        """Return who is still in front; nobody: the workers are taken."""
        with turns.turnstile(self._control) as turnstile:
            front = in_front(self._me, turnstile.others, self._bounds)
            if not front:
                turnstile.move_up()
                self._make_room(turnstile)
        return front

    def _make_room(self, turnstile: Turnstile) -> None:
        """End workers that idle, as far as those that train need the room."""
        keeper = self._keeper or turns.caller(self._context.caller)
        # Whose turn this one has inherited is as the turnstile found it.
        others = [
            other
            for other in turnstile.others
            if not self.inherited or other.session != self._heir_of
        ]
        turns.end_idle(
            self._control,
            superfluous(self._me, others, turnstile.idlers, keeper, self._bounds.workers),
        )

    def _heed_orders(self, run: int, name: str, behind: str) -> None:
        orders = runs.orders(self._control, run)
        wanted = orders.wanted
        require_caller(orders, name)
        if wanted != "run":
            raise Cancelled(
                f'run "{name}" was {_DONE[wanted]} while it waited for workers',
                detail=f"It was queued behind {behind}.",
                hint="cerebro_resume goes on with it.",
            )
        if self._bounds.refuse and not runs.load(self._control, run).submitted:
            raise no_room(name)

    def _described(self, front: Sequence[Party]) -> str:
        """Return who is in front, in words, and by name where the owner may know it."""
        numbers = [party.run for party in front if party.run is not None]
        names = turns.names(self._control, numbers, self._owner)
        full = _role_is_full(self._me, front, self._bounds)
        most = self._bounds.workers_per_role if full else self._bounds.workers
        whose = counted(most or 0, "worker")
        if full:
            whose = f"{self._owner}'s {whose}"
        lines = [
            f"{names.get(party.run or 0, 'another search')} "
            + (
                f"({party.workers} of {whose})"
                if party.ticket is None
                else f"(waits for {party.workers})"
            )
            for party in front
        ]
        more = [f"{len(lines) - _NAMED} more"] if len(lines) > _NAMED else []
        return ", ".join(lines[:_NAMED] + more)


def require_caller(orders: runs.Orders, name: str) -> None:
    """Raise Cancelled where a run's caller has left who wanted it cancelled then."""
    if orders.left:
        raise Cancelled(
            f'run "{name}" was cancelled: its caller has left',
            detail='Option "when_caller_leaves" is "cancel".',
            hint="cerebro_resume goes on with it.",
        )


_DONE = {"stop": "stopped", "cancel": "cancelled"}


def no_room(name: str) -> NoRoom:
    """Return why a run that may not wait cannot begin."""
    return NoRoom(
        f'there are not enough free workers for run "{name}"',
        detail="Other searches have them, and cerebro.settings lets nobody wait for some.",
        hint="Try again later, ask for fewer workers, or queue it: cerebro_submit.",
    )


def in_front(me: Party, others: Sequence[Party], bounds: Bounds) -> list[Party]:
    """Return for whom a search has to wait: those that train, then those before it in the line.

    Where nobody trains, the first one goes on, even if bounds were lowered since it asked.
    """
    training = [other for other in others if other.ticket is None]
    line = sorted(
        (other for other in others if _is_before(other, me)), key=lambda party: party.ticket or 0
    )
    if _role_is_full(me, training, bounds):
        own = [party for party in training if party.role == me.role]
        return own + [party for party in line if party.role == me.role]
    before = [
        party
        for party in line
        if party.role == me.role or not _role_is_full(party, training, bounds)
    ]
    full = bool(training) and sum(p.workers for p in training) + me.workers > bounds.workers
    return training + before if full or before else []


def superfluous(
    me: Party, others: Sequence[Party], idlers: Sequence[Idler], keeper: int, most: int
) -> list[Idler]:
    """Return the workers that idle beyond a bound on all once a search has its own.

    Those that its own caller keeps come last, since it takes them up first.
    """
    taken = me.workers + sum(other.workers for other in others if other.ticket is None)
    own = [idler for idler in idlers if idler.keeper == keeper]
    rest = own[me.workers :] + [idler for idler in idlers if idler.keeper != keeper]
    return rest[max(most - taken, 0) :]


def _is_before(other: Party, me: Party) -> bool:
    return other.ticket is not None and (me.ticket is None or other.ticket < me.ticket)


def _role_is_full(me: Party, parties: Sequence[Party], bounds: Bounds) -> bool:
    """Return whether a role's own bound is what a search has to wait for."""
    taken = sum(p.workers for p in parties if p.role == me.role and p.ticket is None)
    most = bounds.workers_per_role
    return most is not None and taken > 0 and taken + me.workers > most
