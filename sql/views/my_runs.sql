-- The one place that decides who sees a run, for all views of runs. A run that says running and whose
-- planner's session has ended was interrupted; so was one that waits its turn, unless the queue comes to
-- it. The sessions are gathered once, before the rows: on Greenplum only the coordinator knows them. A
-- standby knows none of the primary's, so there a run is taken to be driven.
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
            and not pg_catalog.pg_is_in_recovery()
            and coalesce(r.planner, '') <> all (coalesce(
                (select pg_catalog.array_agg(s.session) from cerebro._sessions() s), '{}'
            ))
        then 'interrupted'
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
    r.code,
    r.description,
    r.tags
from cerebro._runs r
where cerebro._uses(current_user::text, r.owner, r.shared_with);

comment on view cerebro._my_runs is
    'Runs of the roles whose rights you have and those shared with them, with their status as it is now';
