-- == a standoff, seen for the first time

-- waiting: $1 = [11]
select distinct l.pid
from pg_catalog.pg_lock_status() l
where not l.granted and l.pid operator(pg_catalog.=) any ($1::int[]);

-- blockers: $1 = [11]
select w.pid, b.pid as blocker, pg_catalog.pg_backend_pid() as caller
from pg_catalog.unnest($1::int[]) as w (pid)
cross join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) as b (pid);

-- == the same, after a while

-- waiting: $1 = [11]
select distinct l.pid
from pg_catalog.pg_lock_status() l
where not l.granted and l.pid operator(pg_catalog.=) any ($1::int[]);

-- blockers: $1 = [11]
select w.pid, b.pid as blocker, pg_catalog.pg_backend_pid() as caller
from pg_catalog.unnest($1::int[]) as w (pid)
cross join lateral pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) as b (pid);

-- sessions: $1 = [11, 12]
select a.pid, a.application_name as name, a.query
from pg_catalog.unnest($1::int[]) as p (pid)
cross join lateral pg_catalog.pg_stat_get_activity(p.pid) a;

-- locks: $1 = 12
select
    l.pid,
    l.granted,
    l.mode,
    l.locktype,
    l.relation::pg_catalog.regclass::pg_catalog.text as relation,
    pg_catalog.concat_ws(
        ' ',
        coalesce(l.database::pg_catalog.text, '-'),
        coalesce(l.relation::pg_catalog.text, '-'),
        coalesce(l.page::pg_catalog.text, '-'),
        coalesce(l.tuple::pg_catalog.text, '-'),
        coalesce(l.virtualxid, '-'),
        coalesce(l.transactionid::pg_catalog.text, '-'),
        coalesce(l.classid::pg_catalog.text, '-'),
        coalesce(l.objid::pg_catalog.text, '-'),
        coalesce(l.objsubid::pg_catalog.text, '-')
    ) as place
from pg_catalog.pg_lock_status() l
where l.pid operator(pg_catalog.=) any (array[$1::int, pg_catalog.pg_backend_pid()]);
