"""Workers that a service keeps ready, and the searches that they are for."""

from __future__ import annotations

from cerebro_db.context import Context
from cerebro_db.driving.options import Options
from cerebro_db.driving.turns import bounds_of
from cerebro_db.engines import WorkerLimits
from cerebro_db.model.frameworks import Framework, chosen
from cerebro_db.session.client import ClientSession
from cerebro_db.store import turns, workers
from cerebro_db.store.settings import Bounds, Share
from cerebro_db.store.turns import Turnstile
from cerebro_db.training.frameworks import installed


def keep_warm(context: Context) -> int:
    """Keep as many workers ready as the administrator wants and there is room for; return how many.

    They are this session's, and idle for ever: what trains elsewhere ends them where it needs the
    room.

    Raises:
        CerebroError, psycopg.Error: see ``Server.keep_ready``.
    """
    with context.control() as control:
        bounds = bounds_of(context, control)
        share = _kept(bounds)
        keeper = turns.caller(context.caller)
        with turns.turnstile(control) as turnstile:
            own = len(turnstile.kept_by(keeper))
            most = max(own, _room(turnstile, keeper, bounds))
        count = min(bounds.warm, bounds.workers, most)
        limits = WorkerLimits.of(_framework(), share.threads, share.cache_mb, idle_seconds=0)
        ready = context.server.keep_ready(control, limits, count, context.role, context.poll)
        if ready > own:
            ready -= _give_way(context, control, keeper, own)
        return ready


def _give_way(context: Context, control: ClientSession, keeper: int, before: int) -> int:
    """End workers that a service has opened while others took the room; return how many.

    Opening takes seconds, for which nobody else can be kept waiting in the turnstile.
    """
    bounds = bounds_of(context, control)
    with turns.turnstile(control) as turnstile:
        kept = turnstile.kept_by(keeper)
        beyond = kept[max(before, _room(turnstile, keeper, bounds)) :]
        turns.end_idle(control, beyond)
    return len(beyond)


def keeper_of(
    control: ClientSession, bounds: Bounds, share: Share, framework: Framework, role: str
) -> int | None:
    """Return the process of a service that could drive a role's search of such a share at once.

    A process has one framework, whose threads cannot be changed once it runs: another framework or
    share takes other workers.
    """
    kept = _kept(bounds)
    if (share.threads, share.cache_mb) != (kept.threads, kept.cache_mb):
        return None
    if framework != _framework():
        return None
    return workers.keeper(control, role)


def _kept(bounds: Bounds) -> Share:
    """Return what workers are kept ready: for a search that asks for nothing of its own."""
    usual = Options()
    return bounds.lower(Share(bounds.warm, usual.threads, usual.cache_mb))[0]


def _framework() -> Framework:
    """Return what they train with: what a search gets that asks for none."""
    return chosen(Options().framework, installed())


def _room(turnstile: Turnstile, keeper: int, bounds: Bounds) -> int:
    """Return how many workers a service may keep beside those that train or idle elsewhere. More
    stay that it has: a search may count on them by now."""
    elsewhere = len(turnstile.idlers) - len(turnstile.kept_by(keeper))
    taken = sum(other.workers for other in turnstile.others)
    return max(0, bounds.workers - taken - elsewhere)
