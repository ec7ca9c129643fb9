-- start_worker: imports the framework, which takes seconds
select cerebro._start_worker($1::int, $2::bigint, $3::text);

-- load_model: a kept state into the worker's memory, for predictions
select cerebro._load_model(k.run, k.config, cerebro._spec(c.spec, s.document), k.state)
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where k.run = $1::bigint and k.config = $2::int and k.units = $3::int and k.fold = $4::int;

-- infer: by a model that the worker holds
select cerebro._infer($1::bigint, $2::int, $3::bytea) as payload;

-- fill: a partition's chunks into the worker's cache, in their order
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from {chunks}
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- no_state: a configuration's first unit starts from nothing, or from weights that the run has of
-- another
select (
    select p.state
    from cerebro._configs o
    join cerebro._pretrained p
        on p.run = o.run and p.sha256 = o.spec -> 'pretrained' ->> 'sha256'
    where o.run = $2::bigint and o.config = $3::int
) as state
where $4::int = 0 and $5::int is not null;

-- last_state: no row, and so no unit, if it is missing
select state from {states} where config = $3::int and fold = $5::int and step = $4::int;

-- cached: a unit whose rows are in the worker's cache
select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join ({given}) g
where c.run = $2::bigint and c.config = $3::int
offset 0;

-- begin_unit: a unit whose rows will be streamed
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join ({given}) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: a partition's chunks into the unit, in their order
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from {chunks}
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- streamed: a unit that has had all its rows
select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
offset 0;

-- begin_appraisal: a configuration that is to predict the validation rows
select cerebro._begin_appraisal($1::jsonb, $2::jsonb, $3::bytea);

-- finish_appraisal: once all have
select cerebro._finish_appraisal($1::jsonb) as found;

-- write_unit: all or nothing of a unit: its state, its metrics and its row
-- The state may be large, so it goes straight into its table; what else the function came to takes the
-- way through that row.
with trained as (
    insert into {states} (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        {result}
    ) r
    returning rows, training, validation, length(state) as state_bytes, segment, started, finished
)
insert into cerebro._units (
    run, config, fold, epoch, partition, position, worker, segment, pid, rows, training, validation,
    state_bytes, started, finished
)
select
    $2::bigint, $3::int, $5::int, $7::int, $8::int, $6::int, $9::int, t.segment, pg_backend_pid(),
    t.rows, t.training, t.validation, t.state_bytes, t.started, t.finished
from trained t
returning rows, training, validation;
