-- enter: who is in the turnstile is the only one who takes workers; held for moments, first come first
-- served. Classes of locks: 52915 the turnstile; of a planner's session 52916 the number of its workers,
-- 52917 its ticket while it waits, 52918 the role that it works for; of a worker that idles 52919 the
-- process that keeps it
select pg_advisory_lock(52915, 0);

-- leave: at once, whatever was decided
select pg_advisory_unlock(52915, 0);

-- stated: by sessions that have or want workers, or are workers that idle. On Greenplum pg_locks asks
-- the segments, which cannot be done in the middle of a query; 52913 is the class of runs
select
    l.pid,
    l.pid = pg_backend_pid() as own,
    max(case when l.classid = 52913::oid then l.objid::bigint end) as run,
    max(case when l.classid = 52916::oid then l.objid::bigint end) as workers,
    max(case when l.classid = 52917::oid then l.objid::bigint end) as ticket,
    max(case when l.classid = 52918::oid then l.objid::bigint end) as role,
    max(case when l.classid = 52919::oid then l.objid::bigint end) as keeper
from pg_locks l
where l.locktype = 'advisory'
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid in (52913::oid, 52916::oid, 52917::oid, 52918::oid, 52919::oid)
    and l.objsubid = 2
    and l.granted
group by l.pid
order by l.pid;

-- caller: whose session this is, as its workers state it
select pg_backend_pid() as pid;

-- end_idle: those that still idle; they are gone when there is none
select cerebro._end_idle($1::int[]) as pid;

-- role: as a lock's key; pg_locks shows keys without their sign
select hashtext($1::text)::bigint & 4294967295 as role;

-- take: stated as locks, the server forgets it with the session; shared, since others state the same
select pg_advisory_lock_shared(52916, $1::int), pg_advisory_lock_shared(52918, hashtext($2::text));

-- queue_up: a ticket higher than all others
select pg_advisory_lock(52917, $1::int);

-- move_up: from the line to the workers
select pg_advisory_unlock(52917, $1::int);

-- names: of runs, as far as a role may know them
select id, name from cerebro._runs
where id = any ($1::bigint[]) and cerebro._uses($2::text, owner, shared_with);

-- set_queued_behind: for whoever looks at the run from elsewhere
update cerebro._runs set queued_behind = $2::text where id = $1::bigint;

-- pause: so that a cancel is noticed, as with any statement
select pg_sleep($1::float8);
