-- living: the server's sessions
select pid from pg_catalog.pg_stat_activity;

-- forget: what a session of this process has said before, and what dead ones have left
delete from cerebro._workers
where pid = $1::int or since < $2::timestamptz and pid <> all ($3::int[]);

-- now: a moment that was, and whether anything can be written
select
    pg_catalog.clock_timestamp() - interval '1 minute' as before,
    pg_catalog.pg_is_in_recovery() as standby;

-- begin: what it says of itself
insert into cerebro._workers (pid, keeper, role, run, state)
values ($1::int, $2::int, $3::text, $4::bigint, 'working');

-- turn: it idles, or works again, and for whom
update cerebro._workers
set
    keeper = $2::int, role = $3::text, run = $4::bigint, state = $5::text,
    since = statement_timestamp()
where pid = $1::int;

-- serve: a run has begun, or goes on
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- rest: until somebody comes for them
update cerebro._workers set state = 'idle', since = statement_timestamp()
where pid = any ($1::int[]);

-- keeper: of the most workers that are warm, who drives nothing now, and may do as he likes with what
-- is a role's
select w.keeper
from cerebro._workers w
join cerebro._sessions() s on s.pid = w.pid
join pg_catalog.pg_stat_activity k on k.pid = w.keeper
where w.state in ('warm', 'working')
group by w.keeper
having bool_and(w.state = 'warm' and cerebro._owns(w.role, $1::text))
order by count(*) desc, w.keeper
limit 1;

-- keeps: whether a process has warm workers
select count(*) > 0 as keeps
from cerebro._workers w
join cerebro._sessions() s on s.pid = w.pid
where w.keeper = $1::int and w.state = 'warm';

-- of_run: those that work for it
select pid from cerebro._workers where run = $1::bigint and state = 'working';

-- leave: what does not end
select cerebro._leave_workers($1::int[]);

-- left: whom those work for that nobody waits for any more, as cerebro.workers shows them
select w.role
from cerebro._workers w
join cerebro._sessions() s on s.pid = w.pid
join pg_catalog.pg_stat_activity a
    on a.pid = w.pid
    and a.application_name = 'cerebro_db worker'
left join pg_catalog.pg_stat_activity k on k.pid = w.keeper
where w.state = 'left' or w.state = 'working' and k.pid is null;
