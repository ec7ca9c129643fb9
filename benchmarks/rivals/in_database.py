"""Ours: one call of cerebro_fit in a fresh session, on the table as it is. The dataset is prepared
within it."""

from __future__ import annotations

from time import time

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from benchmarks.rivals._base import PROCESSES, Job, Outcome, Unit, run
from benchmarks.workloads import Config

_FIT = """
select params, validation_loss
from cerebro_fit(%s, %s, 'y', %s, %s, epochs => %s, workers => %s, options => %s)
"""
UNITS = """
select config, epoch, partition, worker, state_bytes,
       extract(epoch from started)::float8 as started,
       extract(epoch from finished)::float8 as finished
from cerebro.hops
where run = %s
order by started
"""


def search(job: Job) -> Outcome:
    """Train the job's configurations; the run has the workload's name with "run" before it."""
    workload, outcome = job.workload, Outcome()
    run_name = f"run {workload.name}"
    began = time()
    with psycopg.connect(job.conninfo, autocommit=True) as connection:
        rows = connection.execute(
            _FIT,
            [
                run_name,
                workload.name,
                Jsonb(workload.model),
                Jsonb(workload.space),
                workload.epochs,
                PROCESSES,
                Jsonb(workload.options),
            ],
        ).fetchall()
        ended = time()
        outcome.losses = {Config(**params).label: loss for params, loss in rows}
        outcome.units = (
            connection.cursor(row_factory=class_row(Unit)).execute(UNITS, [run_name]).fetchall()
        )
    first = min(unit.started for unit in outcome.units)
    last = max(unit.finished for unit in outcome.units)
    outcome.seconds = {
        "import, packing": first - began,
        "training": last - first,
        "ranking": ended - last,
    }
    return outcome


if __name__ == "__main__":
    run(search)
