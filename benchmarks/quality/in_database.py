"""Ours: one call of cerebro_fit in a fresh session, on the table as it is; the dataset is prepared
within it. Another session looks at cerebro.learning_curves, and ends the search when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from benchmarks.quality._base import Job, run
from benchmarks.quality.curve import Point
from benchmarks.quality.tasks import MODEL
from benchmarks.rivals._base import PROCESSES

_RUN = "time to quality"
_FIT = """
select count(*)
from cerebro_fit(%s, %s, %s, %s, %s, %s, epochs => %s, metric => 'auc', workers => %s, seed => %s,
                 options => %s)
"""
_POINTS = """
select extract(epoch from finished)::float8 as at, config as trial, epoch, 1 - value as error
from cerebro.learning_curves
where run = %s and value is not null
order by finished
"""
_BEST = "select min(1 - value) from cerebro.learning_curves where run = %s"
_SECONDS_BETWEEN_LOOKS = 0.25


def search(job: Job) -> list[Point]:
    """Search until it is over."""
    task = job.task
    with psycopg.connect(job.conninfo, autocommit=True) as connection:
        with _ended_when_over(job):
            connection.execute(
                _FIT,
                [
                    _RUN,
                    task.table,
                    task.target,
                    Jsonb(MODEL),
                    Jsonb(task.space),
                    Jsonb(job.search),
                    job.epochs,
                    PROCESSES,
                    job.seed,
                    Jsonb(task.options),
                ],
            )
        return connection.cursor(row_factory=class_row(Point)).execute(_POINTS, [_RUN]).fetchall()


@contextmanager
def _ended_when_over(job: Job) -> Iterator[None]:
    """Have a thread look, until the search has ended."""
    ended = Event()
    thread = Thread(target=_look, args=(job, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _look(job: Job, ended: Event) -> None:
    with psycopg.connect(job.conninfo, autocommit=True) as connection:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            (best,) = connection.execute(_BEST, [_RUN]).fetchone() or (None,)
            if best is not None and job.over(best):
                connection.execute("select cerebro_stop(%s)", [_RUN])
                return


if __name__ == "__main__":
    run(search)
