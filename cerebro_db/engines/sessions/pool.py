"""Workers that are ready before anybody has use for them: those of a service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from cerebro_db.engines.machine import GB_PER_WORKER, private_gb
from cerebro_db.engines.sessions.crew import Crew, segments_of
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.session.job import POLL_SECONDS


def keep_ready(
    sessions: Workers, segments: Sequence[int], count: int, poll: Callable[[], None]
) -> int:
    """Have so many workers ready in this process, and say so; return how many are.

    Those that are there already stay, but for those that have grown large, and those beyond. Where
    all are there, none is disturbed.

    Args:
        sessions: where they come from.
        segments: where rows can be.
        count: how many.
        poll: called while they get ready; raises when the caller is cancelled.

    Raises:
        psycopg.Error: one cannot be got ready.
        NoConnection: none can be had.
        Exception: whatever ``poll`` raises.
    """
    sessions.rests = "warm"
    sessions.close_where(_is_large)
    if not count:
        sessions.close_others(())
        return 0
    wanted = Counter(segments_of(number, count, segments) for number in range(count))
    if sessions.at_rest() == wanted:
        return count
    crew = Crew(sessions, segments, count)
    try:
        sessions.close_others(())
        while crew.busy:
            poll()
            for number in crew.advance(POLL_SECONDS):
                job, crew[number].job = crew[number].job, None
                if job is not None and job.error is not None:
                    raise job.error
        ready = len(crew.idle)
    except BaseException:
        crew.cancel()
        raise
    crew.close()
    return ready


def _is_large(worker: Worker) -> bool:
    return private_gb(worker.pid) > GB_PER_WORKER
