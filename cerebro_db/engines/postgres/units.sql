-- start_worker: imports the framework, which takes seconds
select cerebro._start_worker($1::int, $2::bigint);

-- load_model: a kept state into the worker's memory, for predictions
select cerebro._load_model(k.run, k.config, c.spec, k.state)
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
where k.run = $1::bigint and k.config = $2::int;

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

-- no_state: a configuration's first unit starts from nothing
select null::bytea as state where $4::int = 0;

-- last_state: no row, and so no unit, if it is missing
select state from {states} where config = $3::int and step = $4::int;

-- cached: a unit whose rows are in the worker's cache
select t.*
from cerebro._configs c
cross join ({given}) g
cross join lateral cerebro._train(c.spec, $1::jsonb, g.state) t
where c.run = $2::bigint and c.config = $3::int;

-- begin_unit: a unit whose rows will be streamed
select cerebro._begin_unit(c.spec, $1::jsonb, g.state)
from cerebro._configs c
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
select t.* from cerebro._finish_unit() t where $1::jsonb is not null and $4::int is not null;

-- write_unit: all or nothing of a unit: its state, its metrics and its row
with result as materialized (
    {result}
), kept as (
    insert into {states} (config, step, state)
    select $3::int, $5::int + 1, new_state from result
)
insert into cerebro._units (
    run, config, epoch, partition, position, worker, segment, pid, rows, training, validation,
    state_bytes, started, finished
)
select
    $2::bigint, $3::int, $6::int, $7::int, $5::int, $8::int, r.segment, pg_backend_pid(), r.rows,
    r.training, r.validation, length(r.new_state), r.started, r.finished
from result r
returning rows, training, validation;
