-- get: one row or none, and NULL where the default holds
select
    workers, workers_per_run, workers_per_role, threads, cache_mb, state_mb,
    extract(epoch from run_time)::float8 as run_seconds,
    when_full,
    extract(epoch from idle_time)::float8 as idle_seconds,
    warm
from cerebro.settings;

-- get_step: what one step may take: one row or none, and NULL where the default holds
select step_mb, step_gflop
from cerebro.settings;
