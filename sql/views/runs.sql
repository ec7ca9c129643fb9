-- A planner holds the advisory lock (run's class, id) of its run as long as its session lives, so a run
-- that says running and whose lock is free was interrupted.
create view cerebro.runs with (security_barrier) as
select
    r.name as run,
    r.owner::text as owner,
    d.name as dataset,
    d.task,
    case
        when r.status = 'running' and not exists (
            select
            from pg_catalog.pg_locks l
            where l.locktype = 'advisory'
                and l.database = (select oid from pg_catalog.pg_database
                                  where datname = pg_catalog.current_database())
                and l.classid = 52913::oid
                and l.objid = r.id::oid
                and l.objsubid = 2
                and l.granted
        ) then 'interrupted'
        else r.status
    end as status,
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
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
where pg_catalog.pg_has_role(r.owner, 'member');

comment on view cerebro.runs is
    'Searches of the roles that you are a member of, and how they stand';
comment on column cerebro.runs.status is
    'running, finished, cancelled, failed, or interrupted: its planner is gone without a word';
