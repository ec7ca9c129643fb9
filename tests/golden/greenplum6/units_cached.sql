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

-- == the first unit of all

-- fill: $1 = 8, $2 = false, $3 = 2
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

-- first: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $3 = null
select cerebro._train($1::jsonb, $2::jsonb, $3::bytea) as result
from cerebro.segments
where home = 3;

-- write_state: $1 = 4, $2 = 0, $3 = 1, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (3, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 2, $6 = 0, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
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

-- == a unit in the middle

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

-- == the last unit of an epoch

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

-- == the first unit of the second epoch

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

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 2, "partition": 0, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $3 = 4, $4 = 0, $5 = 3
select cerebro._train($1::jsonb, $2::jsonb, s.state) as result
from "cerebro_data"."_states_6_1" s
where s.home = 3 and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- write_state: $1 = 4, $2 = 0, $3 = 1, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_2" (home, config, fold, step, state)
values (5, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 2, $5 = 0, $6 = 0, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
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

-- == in the control session: the same without validation rows

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

-- == the last unit of an epoch, without validation

-- fill: $1 = 8, $2 = false, $3 = 1
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where home = 5 and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- begin
begin;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- next: $1 = {"family": "linear"}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 1, "measures": false, "output": null, "begins": false, "chunks": 2, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": [[976, 1], [1024, 1], [1900, 1]]}}', $3 = 4, $4 = 0, $5 = 2
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

-- == in the control session: configurations that begin with another run's weights

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

-- == a first unit of them

-- fill: $1 = 8, $2 = false, $3 = 2
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

-- state: $1 = 6, $2 = '0f'
select state from cerebro._pretrained where run = $1::bigint and sha256 = $2::text;

-- first: $1 = {"family": "linear", "pretrained": {"sha256": "0f"}}, $2 = '{"dataset": 8, "seed": 11, "config": 4, "fold": 0, "epoch": 1, "partition": 2, "measures": false, "output": null, "begins": true, "chunks": 1, "validation_chunks": 0, "progress": {"epochs": 2, "whole": [[976, 2], [1024, 2], [1900, 1]], "passed": []}}', $3 = <5 bytes>
select cerebro._train($1::jsonb, $2::jsonb, $3::bytea) as result
from cerebro.segments
where home = 3;

-- write_state: $1 = 4, $2 = 0, $3 = 1, $4 = <5 bytes>
insert into "cerebro_data"."_hops_6_1" (home, config, fold, step, state)
values (3, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 2, $6 = 0, $7 = 0, $8 = 1, $9 = 4711, $10 = 3000, $11 = {"loss": 0.5}, $12 = null, $13 = 5, $14 = '2026-01-02T03:04:05+00:00', $15 = '2026-01-02T03:04:05+00:00'
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
