-- create: refused by the unique name if the run exists
insert into cerebro._runs (
    name, owner, dataset, prepared, metric, higher_is_better, model, space, search, epochs, workers, seed,
    options
)
values (
    $1::text, $2::text, $3::bigint, $4::boolean, $5::text, $6::boolean, $7::jsonb,
    $8::jsonb, $9::jsonb, $10::int, $11::int, $12::bigint, $13::jsonb
)
returning id;

-- lock: held by the planner's session for as long as it drives the run; 52913 is the class of runs
select pg_try_advisory_lock(52913, $1::int) as locked;

-- find: the owner is for messages
select
    r.id, r.name, r.owner, cerebro._member($2::text, r.owner) as permitted,
    d.name as dataset, r.prepared
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
where r.name = $1::text;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._runs where cerebro._member($1::text, owner) order by name;

-- add_config: all at once, from an array of objects
insert into cerebro._configs (run, config, params, spec)
select $1::bigint, (c ->> 'config')::int, c -> 'params', c -> 'spec'
from jsonb_array_elements($2::jsonb -> 'configs') c;

-- spec: for workers that cannot read this table
select spec from cerebro._configs where run = $1::bigint and config = $2::int;

-- set_config_status: one row, a few times in its life
update cerebro._configs
set status = $3::text, error = $4::text
where run = $1::bigint and config = $2::int and status is distinct from $3::text;

-- record_epoch: once all partitions are visited
insert into cerebro._epochs (run, config, epoch, training, validation, value, seconds)
values (
    $1::bigint, $2::int, $3::int, $4::jsonb, $5::jsonb, $6::float8,
    (
        select coalesce(sum(extract(epoch from u.finished - u.started)), 0)
        from cerebro._units u
        where u.run = $1::bigint and u.config = $2::int and u.epoch = $3::int
    )
);

-- finish: successful or not; Greenplum updates a replicated table with nothing volatile
update cerebro._runs
set status = $2::text, error = $3::text, finished = statement_timestamp()
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

-- delete_kept_states: see delete_units
delete from cerebro._kept_states where run = $1::bigint;

-- delete_configs: see delete_units
delete from cerebro._configs where run = $1::bigint;

-- delete: after all that speaks of it
delete from cerebro._runs where id = $1::bigint;
