-- create: refused by the unique name if the run exists
insert into cerebro._runs (
    name, owner, dataset, prepared, metric, higher_is_better, model, space, search, epochs, workers, seed,
    options, submitted, planner, status, description, tags, models, caller
)
values (
    $1::text, $2::text, $3::bigint, $4::boolean, $5::text, $6::boolean, $7::jsonb,
    $8::jsonb, $9::jsonb, $10::int, $11::int, $12::bigint, $13::jsonb, $14::boolean, $15::text, 'queued',
    nullif($16::text, ''), $17::text[], $18::jsonb, $19::text
)
returning id;

-- hold: until the transaction ends, no other session changes the row
update cerebro._runs set planner = planner where id = $1::bigint;

-- planner: see hold
select planner from cerebro._runs where id = $1::bigint;

-- drive: by this session, as long as it lives; what was wanted of planners before it is done with
update cerebro._runs set planner = $2::text, wanted = 'run' where id = $1::bigint;

-- call: a session waits for it, or drives it for itself
update cerebro._runs set caller = $2::text where id = $1::bigint;

-- standing: as its row has it, and the session that drives it
select status, error, planner from cerebro._runs where id = $1::bigint;

-- let_go: see drive
update cerebro._runs set planner = null where id = $1::bigint;

-- find: the owner is for messages
select
    id, owner, cerebro._owns($2::text, owner) as owns,
    cerebro._uses($2::text, owner, shared_with) as uses
from cerebro._runs
where name = $1::text;

-- load: for a planner, whoever calls it
select
    r.id, r.name, r.owner, r.dataset as dataset_id, d.name as dataset, r.prepared, r.metric,
    r.higher_is_better, r.model, r.space, r.search, r.epochs, r.workers, r.seed, r.options, r.status, r.submitted, r.attempts,
    r.caller
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
where r.id = $1::bigint;

-- models: the registered architectures that it carries
select models from cerebro._runs where id = $1::bigint;

-- set_models: see models
update cerebro._runs set models = $2::jsonb where id = $1::bigint;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._runs where cerebro._uses($1::text, owner, shared_with) order by name;

-- share: by name, as owners are
update cerebro._runs
set shared_with = array_append(shared_with, $2::text)
where name = $1::text and $2::text <> all (shared_with);

-- unshare: the one of that name, or all where it is null
update cerebro._runs
set shared_with = array_remove(shared_with, $2::text)
where $2::text = any (shared_with) and name = coalesce($1::text, name);

-- queue: it waits for workers
update cerebro._runs
set status = 'queued', error = null, finished = null
where id = $1::bigint;

-- take_up: a planner begins, or goes on where another was; nothing volatile, for Greenplum
update cerebro._runs
set
    status = 'running', error = null, finished = null, queued_behind = null,
    started = coalesce(started, statement_timestamp()), attempts = attempts + 1,
    workers = $2::int
where id = $1::bigint;

-- orders: looked at twice a second
select
    r.wanted,
    r.orders,
    r.planner,
    r.options ->> 'when_caller_leaves' = 'cancel'
        and r.caller <> all (coalesce(
            (select pg_catalog.array_agg(s.session) from cerebro._sessions() s), '{}'
        )) as left
from cerebro._runs r
where r.id = $1::bigint;

-- order: what a person wants of a run
update cerebro._runs
set wanted = coalesce($2::text, wanted), orders = orders + 1
where id = $1::bigint;

-- finish: successful or not; Greenplum updates a replicated table with nothing volatile
update cerebro._runs
set status = $2::text, error = $3::text, finished = statement_timestamp(), queued_behind = null
where id = $1::bigint;

-- interrupt: it is not ended, and its lock tells that nobody drives it
update cerebro._runs set error = $2::text, queued_behind = null where id = $1::bigint;

-- describe: NULL leaves what is there
update cerebro._runs
set
    description = nullif(coalesce($2::text, description), ''),
    tags = coalesce($3::text[], tags)
where id = $1::bigint;

-- leaderboard: as the view, for the one who fitted
select rank, config, params, metric, value, loss, validation_loss, epochs, seconds, status
from cerebro.leaderboard
where run = $1::text
order by rank;

-- delete_units: with the rows of a run go all that speak of it; Greenplum has no cascade
delete from cerebro._units where run = $1::bigint;

-- delete_epochs: see delete_units
delete from cerebro._epochs where run = $1::bigint;

-- delete_decisions: see delete_units
delete from cerebro._decisions where run = $1::bigint;

-- delete_members: see delete_units
delete from cerebro._members where run = $1::bigint;

-- delete_appraisals: see delete_units
delete from cerebro._appraisals where run = $1::bigint;

-- delete_kept_states: see delete_units
delete from cerebro._kept_states where run = $1::bigint;

-- delete_pretrained: see delete_units
delete from cerebro._pretrained where run = $1::bigint;

-- delete_configs: see delete_units
delete from cerebro._configs where run = $1::bigint;

-- delete_specs: see delete_units
delete from cerebro._specs where run = $1::bigint;

-- delete_told: see delete_units
delete from cerebro._told where run = $1::bigint;

-- delete: after all that speaks of it
delete from cerebro._runs where id = $1::bigint;
