create view cerebro.runs as
select
    r.name as run,
    r.owner,
    d.name as dataset,
    d.task,
    r.status,
    (select count(*) from cerebro._configs c where c.run = r.id) as configs,
    r.epochs,
    r.workers,
    d.partitions,
    r.metric,
    r.higher_is_better,
    r.model,
    r.space,
    r.search,
    r.seed,
    r.options,
    r.started,
    r.finished,
    extract(epoch from coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started)::float8
        as seconds,
    r.error
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset;

comment on view cerebro.runs is
    'Searches of the roles that you are a member of, and how they stand';
comment on column cerebro.runs.status is
    'running, finished, cancelled, failed, or interrupted: its planner is gone without a word';
