-- == columns of every kind, a fraction held out

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- create
create temporary view _cerebro_placed_1 as select
    case when not (t0 is not null) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 771077888)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select array[f2::pg_catalog.text collate pg_catalog."C"]::pg_catalog.text[] as text_0, array[cerebro._array_bytes(f4::pg_catalog.float4[]), f5::pg_catalog.bytea]::pg_catalog.bytea[] as bytea_0, t0::pg_catalog.text collate pg_catalog."C" as t0, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308), coalesce(f1::int::pg_catalog.float8,  -1.618033988749895e+308), coalesce(case when pg_catalog.isfinite(f3) is false then 'Infinity' else (f3 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."Flag" as f1, _source."city" as f2, _source."day" as f3, _source."pair" as f4, _source."picture" as f5, _source."kind" as t0, false as validation from "shop"."customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_2 as
select * from pg_temp._cerebro_placed_1
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_2'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_2 alter column floats set storage external;

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_2
select * from pg_temp._cerebro_placed_1;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_1;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_2 group by category, bucket;

-- create
create temporary table _cerebro_staged_3 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, text_0, bytea_0, t0, floats
from pg_temp._cerebro_staged_2
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_3'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_3 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_3
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, text_0, bytea_0, t0, floats
from pg_temp._cerebro_staged_2;

-- drop
drop table pg_temp._cerebro_staged_2;

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp._cerebro_staged_3;

-- select: $1 = 'pg_temp._cerebro_staged_3'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp._cerebro_staged_3;

-- == a column says which rows are held out; labels in an array

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- create
create temporary view _cerebro_placed_4 as select
    case when not (t0 is not null) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 771077888)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select (case when t0 is not null then array(select label::pg_catalog.text collate pg_catalog."C" from pg_catalog.unnest(t0) as label where label is not null) end)::pg_catalog.text as t0, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."tags" as t0, coalesce(_source."held out", false) as validation from "shop"."customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_5 as
select * from pg_temp._cerebro_placed_4
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_5'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_5 alter column floats set storage external;

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_5
select * from pg_temp._cerebro_placed_4;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_4;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_5 group by category, bucket;

-- create
create temporary table _cerebro_staged_6 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp._cerebro_staged_5
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_6'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_6 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_6
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp._cerebro_staged_5;

-- drop
drop table pg_temp._cerebro_staged_5;

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp._cerebro_staged_6;

-- select: $1 = 'pg_temp._cerebro_staged_6'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp._cerebro_staged_6;

-- == a query is held out; two targets

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- create
create temporary view _cerebro_placed_7 as select
    case when not (targets is not null) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 771077888)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select array[cerebro._array_bytes(f0::pg_catalog.float4[])]::pg_catalog.bytea[] as bytea_0, case when not (t0 is null or t1 is null) then array[(case when t0 operator(pg_catalog.>=) 1e-300 and t0 operator(pg_catalog.<=) 1e308 or t0 operator(pg_catalog.>=) -1e308 and t0 operator(pg_catalog.<=) -1e-300 then t0::pg_catalog.float8 when t0 operator(pg_catalog.>) -1 and t0 operator(pg_catalog.<) 1 then 0 when t0 is not null then 'Infinity' end::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8), (t1::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8)]::pg_catalog.float8[] end as targets, cerebro._array_bytes(array[coalesce(case when pg_catalog.isfinite(f1) is false then 'Infinity' else (f1 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, false as validation from "pg_temp"."_cerebro_source_1" as _source union all select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, true as validation from "pg_temp"."_cerebro_source_2" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_8 as
select * from pg_temp._cerebro_placed_7
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_8'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_8 alter column floats set storage external;

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_8
select * from pg_temp._cerebro_placed_7;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_7;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_8 group by category, bucket;

-- create
create temporary table _cerebro_staged_9 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, bytea_0, targets, floats
from pg_temp._cerebro_staged_8
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_9'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_9 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_9
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, bytea_0, targets, floats
from pg_temp._cerebro_staged_8;

-- drop
drop table pg_temp._cerebro_staged_8;

-- select
select count(*) as rows, count(*) filter (where targets is not null) as labelled, count(*) filter (where targets is not null and validation) as validation from pg_temp._cerebro_staged_9;

-- select: $1 = 'pg_temp._cerebro_staged_9'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp._cerebro_staged_9;
