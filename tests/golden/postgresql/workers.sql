-- == in the control session: where the partitions lie

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, partition;

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- == a new worker, on segment 0

-- now
select
    pg_catalog.clock_timestamp() - interval '1 minute' as before,
    pg_catalog.pg_is_in_recovery() as standby;

-- living
select pid from pg_catalog.pg_stat_activity;

-- forget: $1 = 4711, $2 = null, $3 = []
delete from cerebro._workers
where pid = $1::int or since < $2::timestamptz and pid <> all ($3::int[]);

-- begin: $1 = 4711, $2 = 4710, $3 = 'ann', $4 = 6
insert into cerebro._workers (pid, keeper, role, run, state)
values ($1::int, $2::int, $3::text, $4::bigint, 'working');

-- select: $1 = '300s', $2 = ["gp_vmem_idle_resource_timeout", "idle_session_timeout"]
select set_config(name, $1, false) from pg_settings where name = any ($2);

-- select: $1 = 'panic'
select
    pg_catalog.set_config('role', 'none', false)
    operator(pg_catalog.||) pg_catalog.set_config('log_min_messages', $1::pg_catalog.text, false)
    operator(pg_catalog.||) pg_catalog.set_config('role', 'cerebro_worker', false)
from pg_catalog.pg_roles
where rolname operator(pg_catalog.=) session_user and rolsuper;

-- start_worker: $1 = 2, $2 = 10000, $3 = 'tensorflow'
select cerebro._start_worker($1::int, $2::bigint, $3::text);

-- select: $1 = '0s', $2 = ["gp_vmem_idle_resource_timeout", "idle_session_timeout"]
select set_config(name, $1, false) from pg_settings where name = any ($2);

-- select: $1 = 'log'
select
    pg_catalog.set_config('role', 'none', false)
    operator(pg_catalog.||) pg_catalog.set_config('log_min_messages', $1::pg_catalog.text, false)
    operator(pg_catalog.||) pg_catalog.set_config('role', 'cerebro_worker', false)
from pg_catalog.pg_roles
where rolname operator(pg_catalog.=) session_user and rolsuper;

-- turn: $1 = 4711, $2 = 4710, $3 = 'ann', $4 = 6, $5 = 'working'
update cerebro._workers
set
    keeper = $2::int, role = $3::text, run = $4::bigint, state = $5::text,
    since = statement_timestamp()
where pid = $1::int;

-- == a unit whose worker turns out to be not ready

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- start_worker: $1 = 2, $2 = 10000, $3 = 'tensorflow'
select cerebro._start_worker($1::int, $2::bigint, $3::text);

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- == a unit whose worker turns out to be without its cache

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- == in the control session: a run that may lose nothing

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, partition;

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- == a unit of it

-- set
set synchronous_commit = on;

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- == in the control session: a run that may lose what is inside of epochs

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, partition;

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- == a unit in the middle of it

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0, $6 = 1, $7 = 1, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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

-- == the last unit of an epoch of it

-- fill: $1 = 8, $2 = false, $3 = 1
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- fill: $1 = 8, $2 = true, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 1, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $2 = 6, $3 = 4, $4 = 2, $5 = 0, $6 = 2, $7 = 1, $8 = 1, $9 = 0
with trained as (
    insert into "cerebro_data"."_states_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._train(cerebro._spec(c.spec, s.document), $1::jsonb, g.state) as unit
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int
offset 0
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
