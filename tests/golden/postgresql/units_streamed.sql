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

-- == the first unit of all

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 0, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select (
    select p.state
    from cerebro._configs o
    join cerebro._pretrained p
        on p.run = o.run and p.sha256 = o.spec -> 'pretrained' ->> 'sha256'
    where o.run = $2::bigint and o.config = $3::int
) as state
where $4::int = 0 and $5::int is not null) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 2
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 0, $5 = 0, $6 = 0, $7 = 1, $8 = 2, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;

-- == a unit in the middle

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $2 = 6, $3 = 4, $4 = 1, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 0
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
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
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;

-- == the last unit of an epoch

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 1, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $2 = 6, $3 = 4, $4 = 2, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 1
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- feed: $1 = 8, $2 = true, $3 = 0
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
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
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;

-- == the first unit of the second epoch

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 2, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 3, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_states_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 0
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 2, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 3, $5 = 0, $6 = 0, $7 = 2, $8 = 0, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_2" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;

-- == in the control session: the same without validation rows

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

-- == the last unit of an epoch, without validation

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $2 = 6, $3 = 4, $4 = 2, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select state from "cerebro_data"."_hops_6_1" where config = $3::int and fold = $5::int and step = $4::int) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 1
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $2 = 6, $3 = 4, $4 = 2, $5 = 0, $6 = 2, $7 = 1, $8 = 1, $9 = 0
with trained as (
    insert into "cerebro_data"."_states_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;

-- == in the control session: configurations that begin with another run's weights

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

-- == a first unit of them

-- begin
begin;

-- begin_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 0, $5 = 0
select cerebro._begin_unit(cerebro._spec(c.spec, s.document), $1::jsonb, g.state)
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
cross join (select (
    select p.state
    from cerebro._configs o
    join cerebro._pretrained p
        on p.run = o.run and p.sha256 = o.spec -> 'pretrained' ->> 'sha256'
    where o.run = $2::bigint and o.config = $3::int
) as state
where $4::int = 0 and $5::int is not null) g
where c.run = $2::bigint and c.config = $3::int;

-- feed: $1 = 8, $2 = false, $3 = 2
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- write_unit: $1 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $2 = 6, $3 = 4, $4 = 0, $5 = 0, $6 = 0, $7 = 1, $8 = 2, $9 = 0
with trained as (
    insert into "cerebro_data"."_hops_6_1" (
        config, fold, step, state, rows, training, validation, segment, started, finished
    )
    select
        $3::int, $5::int, $6::int + 1, (r.unit).new_state, (r.unit).rows, (r.unit).training,
        (r.unit).validation, (r.unit).segment, (r.unit).started, (r.unit).finished
    from (
        select cerebro._finish_unit() as unit
where $1::jsonb is not null and $4::int is not null and $5::int is not null
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

-- commit
commit;
