-- Whose keeper is gone is left behind, whatever it has said: nobody waits for what it does. That a
-- session is a worker it could say of itself; so it has to log in as a worker does.
create view cerebro.workers with (security_barrier = true) as
select
    w.pid,
    m.name as run,
    w.role as owner,
    case when w.state = 'working' and k.pid is null then 'left' else w.state end as state,
    w.since,
    w.keeper
from cerebro._workers w
join cerebro._sessions() s on s.pid = w.pid
join pg_catalog.pg_stat_activity a
    on a.pid = w.pid
    and a.application_name = 'cerebro_db worker'
left join pg_catalog.pg_stat_activity k on k.pid = w.keeper
left join cerebro._my_runs m on m.id = w.run
where cerebro._owns(current_user::text, coalesce(w.role, ''));

comment on view cerebro.workers is
    'Sessions that train or predict for the roles whose rights you have; administrators see all';
comment on column cerebro.workers.pid is
    'Process id of its backend';
comment on column cerebro.workers.run is
    'Name of the search that it works for, or did last; NULL: none, it predicts or gets ready';
comment on column cerebro.workers.owner is
    'Role that it works for; NULL: whoever has a model predict that needs its framework';
comment on column cerebro.workers.state is
    'working; idle; warm: it is ready for whoever its keeper, a service, searches for; or left: it was cancelled or its caller is gone, and a call of the framework goes on';
comment on column cerebro.workers.since is
    'When that began';
comment on column cerebro.workers.keeper is
    'Process id of the caller that keeps it';
