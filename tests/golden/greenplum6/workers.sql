-- == in the control session: where the partitions lie

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, "partition", gp_segment_id, home;

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
select cerebro._start_worker($1::int, $2::bigint, $3::text)
from cerebro.segments
where home = 3;

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
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- rollback
rollback;

-- start_worker: $1 = 2, $2 = 10000, $3 = 'tensorflow'
select cerebro._start_worker($1::int, $2::bigint, $3::text)
from cerebro.segments
where home = 3;

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 2, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (5, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 0, $6 = 1, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);

-- commit
commit;

-- == a unit whose worker turns out to be without its cache

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- rollback
rollback;

-- fill: $1 = 8, $2 = false, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 2, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (5, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 0, $6 = 1, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);

-- commit
commit;

-- == in the control session: a run that may lose nothing

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, "partition", gp_segment_id, home;

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
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 2, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (5, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 0, $6 = 1, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);

-- commit
commit;

-- == in the control session: a run that may lose what is inside of epochs

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, "partition", gp_segment_id, home;

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
    where home = 3 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[1900, 1]]}}', $3 = 4, $4 = 0, $5 = 1
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 2, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (5, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 0, $6 = 1, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);

-- commit
commit;

-- == the last unit of an epoch of it

-- fill: $1 = 8, $2 = false, $3 = 1
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 5 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- fill: $1 = 8, $2 = true, $3 = 0
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 5 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 1, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $3 = 4, $4 = 0, $5 = 2
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_hops_6_1" s
where s.home = 5 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 3, $4 = <5 bytes>
insert into "cerebro_data"."_states_6_1" (home, config, fold, step, state)
values (3, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 1, $6 = 2, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);

-- commit
commit;
