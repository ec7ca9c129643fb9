-- The one place that decides who sees a run, for all views of runs. A planner holds the advisory lock
-- (class of runs, id) of its run as long as its session lives, so a run that says running and whose
-- lock is free was interrupted; so was one that waits its turn, unless the queue comes to it. The locks are gathered once, before the rows: on Greenplum pg_locks
-- asks the segments, which cannot be done in the middle of a query.
create view cerebro._my_runs with (security_barrier = true) as
select
    r.id,
    r.name,
    r.owner,
    r.dataset,
    r.metric,
    r.higher_is_better,
    r.model,
    r.space,
    r.search,
    r.epochs,
    r.workers,
    r.seed,
    r.options,
    case
        when (r.status = 'running' or r.status = 'queued' and not r.submitted)
            and r.id <> all (coalesce(
            (
                select pg_catalog.array_agg(l.objid::bigint)
                from pg_catalog.pg_locks l
                where l.locktype = 'advisory'
                    and l.database = (select oid from pg_catalog.pg_database
                                      where datname = pg_catalog.current_database())
                    and l.classid = 52913::oid
                    and l.objsubid = 2
                    and l.granted
            ),
            '{}'
        )) then 'interrupted'
        else r.status
    end as status,
    r.error,
    r.started,
    r.finished,
    r.created,
    r.submitted,
    r.attempts,
    r.queued_behind,
    r.shared_with,
    r.code
from cerebro._runs r
where cerebro._uses(current_user::text, r.owner, r.shared_with);

comment on view cerebro._my_runs is
    'Runs of the roles whose rights you have and those shared with them, with their status as it is now';
