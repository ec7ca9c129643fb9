"""cerebro_fit: searches for the best configuration of a model, and returns the leaderboard."""

from __future__ import annotations

from contextlib import ExitStack

from cerebro_db.context import Context
from cerebro_db.driving.carry_on import carry_on, opened_engine, share_of
from cerebro_db.driving.following import Follower
from cerebro_db.driving.pool import keeper_of
from cerebro_db.driving.turns import Turn, bounds_of, no_room
from cerebro_db.session import Row
from cerebro_db.store import runs
from cerebro_db.verbs.create import check, create
from cerebro_db.verbs.request import Fit


def fit(context: Context, request: Fit) -> list[Row]:
    """Search, and return the rows of the leaderboard, best first.

    A service that has workers ready drives the run, where there is room; else this session does,
    as it does if the service is gone in the midst of it.

    Raises:
        CerebroError: see ``Context.require_takers``, ``create.check``, ``create.create``,
            ``Follower`` and ``carry_on``.
    """
    context.require_takers()
    with context.control() as control, ExitStack() as stack:
        # What is to be read is open until it is read, and no longer.
        with ExitStack() as sources:
            checked = check(context, control, request, sources)
            bounds = bounds_of(context, control)
            workers, framework = checked.outline.workers, checked.outline.framework
            share = share_of(context, bounds, request.options, workers)
            keeper = keeper_of(control, bounds, share, framework, context.role)
            turn = Turn(context, control, bounds, context.role, share.workers, keeper=keeper)
            # Workers are opened first of all: they import the framework while rows are packed.
            engine = None
            taken = turn.take_now()
            if taken and keeper is None:
                engine = stack.enter_context(
                    opened_engine(context, control, bounds, share, framework, context.role)
                )
            elif not taken and bounds.refuse:
                raise no_room(request.run)
            handed = taken and keeper is not None
            run = create(context, control, request, checked, workers=workers, submitted=handed)
        if handed:
            ranked = Follower(context, control, runs.load(control, run)).to_the_end()
            if ranked is not None:
                return ranked
        return carry_on(context, control, run, engine, told=True)
