-- candidates: what a role may run of the queue's, first come first, whether somebody drives it or not;
-- but for those of some callers
select id
from cerebro._runs
where submitted
    and status in ('queued', 'running')
    and cerebro._owns($1::text, owner)
    and (caller is null or caller <> all ($2::text[]))
order by id;

-- claimed: as it stands, once nobody else drives it
select id, name, status, attempts
from cerebro._runs
where id = $1::bigint and submitted and status in ('queued', 'running');

-- give_back: whoever ran the queue was stopped, not the run: it was no attempt
update cerebro._runs
set status = 'queued', error = null, finished = null, queued_behind = null, attempts = $2::int
where id = $1::bigint and status = 'cancelled' and wanted <> 'cancel';

-- no_attempt: its planner was not lost over it; the next one who comes goes on
update cerebro._runs set attempts = $2::int where id = $1::bigint;

-- give_up: it is its caller's, if that one waits for it
update cerebro._runs set submitted = false
where id = $1::bigint and caller = any ($2::text[]);

-- standing: with what its planner's session tells; none, once it is dropped
select status, submitted from cerebro._my_runs where id = $1::bigint;

-- announce: to those who listen, and nothing but that there is something
select pg_notify('cerebro_db queue', '');
