-- enter: who is in the turnstile is the only one who takes workers; held for moments
lock table cerebro._turns in exclusive mode;

-- said: by these sessions
select session from cerebro._turns;

-- forget: what they have said
delete from cerebro._turns where session = any ($1::text[]);

-- stated: who has workers or wants some, and the run that it drives
select t.session, t.role, t.workers, t.ticket, max(r.id) as run
from cerebro._turns t
left join cerebro._runs r on r.planner = t.session
group by t.session, t.role, t.workers, t.ticket
order by t.session;

-- idle: workers that say so, or that they are warm, of these processes, which are our own sessions'
select w.pid, w.keeper
from cerebro._workers w
where w.state in ('idle', 'warm') and w.pid = any ($1::int[])
order by w.pid;

-- caller: whose session this is, as its workers state it
select pg_backend_pid() as pid;

-- end_idle: those that still idle; they are gone when there is none
select cerebro._end_idle($1::int[]) as pid;

-- take: so many workers, or, with a ticket, a place in the line for them
insert into cerebro._turns (session, role, workers, ticket)
values ($1::text, $2::text, $3::int, $4::bigint);

-- inherit: what another session has, or this one itself, of which so many are of use
update cerebro._turns set session = $1::text, workers = $3::int
where session = $2::text and ticket is null;

-- move_up: from the line to the workers
update cerebro._turns set ticket = null where session = $1::text;

-- names: of runs, as far as a role may know them
select id, name from cerebro._runs
where id = any ($1::bigint[]) and cerebro._uses($2::text, owner, shared_with);

-- set_queued_behind: for whoever looks at the run from elsewhere
update cerebro._runs set queued_behind = $2::text where id = $1::bigint;

-- pause: so that a cancel is noticed, as with any statement
select pg_sleep($1::float8);
