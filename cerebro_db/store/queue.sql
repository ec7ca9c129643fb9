-- candidates: what a role may run of the queue's, first come first. Of those that run, the lock tells
-- whether their planner lives
select id
from cerebro._runs
where submitted and status in ('queued', 'running') and cerebro._owns($1::text, owner)
order by id;

-- unlock: somebody else has been quicker
select pg_advisory_unlock(52913, $1::int);

-- claimed: as it stands, once nobody else can take it
select id, name, status, attempts
from cerebro._runs
where id = $1::bigint and submitted and status in ('queued', 'running');

-- give_back: whoever ran the queue was stopped, not the run: it was no attempt
update cerebro._runs
set status = 'queued', error = null, finished = null, queued_behind = null, attempts = $2::int
where id = $1::bigint and status = 'cancelled' and wanted <> 'cancel';

-- standing: with what its lock tells; none, once it is dropped
select status, submitted from cerebro._my_runs where id = $1::bigint;
