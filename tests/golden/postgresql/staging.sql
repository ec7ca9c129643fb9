-- == columns of every kind, a fraction held out

-- create
create temporary table _cerebro_staged_1 as select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, array[pg_catalog.array_agg(f2)] as text_0, array[pg_catalog.array_agg(f4)] as bytea_0, array[pg_catalog.array_agg(f5)] as bytea_1, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, f2::pg_catalog.text collate pg_catalog."C" as f2, cerebro._array_bytes(f4::pg_catalog.float4[]) as f4, f5::pg_catalog.bytea as f5, t0::pg_catalog.text collate pg_catalog."C" as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end, f1::int, case when pg_catalog.isfinite(f3) is false then 'Infinity' else (f3 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."amount" as f0, _source."Flag" as f1, _source."city" as f2, _source."day" as f3, _source."pair" as f4, _source."picture" as f5, _source."kind" as t0, false as validation from "shop"."customers" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch with no data;

-- select: $1 = 'pg_temp._cerebro_staged_1'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_1 alter column floats set storage external;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '128MB'
select set_config($1::text, $2::text, false);

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_1 select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, array[pg_catalog.array_agg(f2)] as text_0, array[pg_catalog.array_agg(f4)] as bytea_0, array[pg_catalog.array_agg(f5)] as bytea_1, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, f2::pg_catalog.text collate pg_catalog."C" as f2, cerebro._array_bytes(f4::pg_catalog.float4[]) as f4, f5::pg_catalog.bytea as f5, t0::pg_catalog.text collate pg_catalog."C" as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end, f1::int, case when pg_catalog.isfinite(f3) is false then 'Infinity' else (f3 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."amount" as f0, _source."Flag" as f1, _source."city" as f2, _source."day" as f3, _source."pair" as f4, _source."picture" as f5, _source."kind" as t0, false as validation from "shop"."customers" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'pg_temp._cerebro_staged_1'
select coalesce(sum(rows), 0)::bigint as rows, coalesce(sum(rows) filter (where batch < 2199023255552), 0)::bigint as labelled, coalesce(sum(rows) filter (where batch < 1099511627776), 0)::bigint as validation, pg_total_relation_size($1::text::regclass) as bytes from pg_temp._cerebro_staged_1;

-- drop_table
drop table if exists pg_temp._cerebro_staged_1;

-- == a column says which rows are held out; labels in an array

-- create
create temporary table _cerebro_staged_2 as select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, (case when t0 is not null then array(select label::pg_catalog.text collate pg_catalog."C" from pg_catalog.unnest(t0) as label where label is not null) end)::pg_catalog.text as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."amount" as f0, _source."tags" as t0, coalesce(_source."held out", false) as validation from "shop"."customers" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch with no data;

-- select: $1 = 'pg_temp._cerebro_staged_2'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_2 alter column floats set storage external;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '128MB'
select set_config($1::text, $2::text, false);

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_2 select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, (case when t0 is not null then array(select label::pg_catalog.text collate pg_catalog."C" from pg_catalog.unnest(t0) as label where label is not null) end)::pg_catalog.text as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."amount" as f0, _source."tags" as t0, coalesce(_source."held out", false) as validation from "shop"."customers" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'pg_temp._cerebro_staged_2'
select coalesce(sum(rows), 0)::bigint as rows, coalesce(sum(rows) filter (where batch < 2199023255552), 0)::bigint as labelled, coalesce(sum(rows) filter (where batch < 1099511627776), 0)::bigint as validation, pg_total_relation_size($1::text::regclass) as bytes from pg_temp._cerebro_staged_2;

-- drop_table
drop table if exists pg_temp._cerebro_staged_2;

-- == a query is held out; two targets

-- create
create temporary table _cerebro_staged_3 as select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, array[pg_catalog.array_agg(f0)] as bytea_0, array[pg_catalog.array_agg(t0), pg_catalog.array_agg(t1)] as targets, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null and t1 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, cerebro._array_bytes(f0::pg_catalog.float4[]) as f0, (case when t0 operator(pg_catalog.>=) 1e-300 and t0 operator(pg_catalog.<=) 1e308 or t0 operator(pg_catalog.>=) -1e308 and t0 operator(pg_catalog.<=) -1e-300 then t0::pg_catalog.float8 when t0 operator(pg_catalog.>) -1 and t0 operator(pg_catalog.<) 1 then 0 when t0 is not null then 'Infinity' end::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8) as t0, (t1::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8) as t1, array[case when pg_catalog.isfinite(f1) is false then 'Infinity' else (f1 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, false as validation from "pg_temp"."_cerebro_source_1" as _source union all select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, true as validation from "pg_temp"."_cerebro_source_2" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch with no data;

-- select: $1 = 'pg_temp._cerebro_staged_3'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_3 alter column floats set storage external;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '128MB'
select set_config($1::text, $2::text, false);

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_3 select batch, pg_catalog.count(*) as rows, null::bigint[] as taken, array[pg_catalog.array_agg(f0)] as bytea_0, array[pg_catalog.array_agg(t0), pg_catalog.array_agg(t1)] as targets, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats from (select (case when not (t0 is not null and t1 is not null) then 2 when validation then 0 else 1 end::bigint operator(pg_catalog.<<) 40) operator(pg_catalog.+) ((pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888)::bigint operator(pg_catalog.+) 2147483648) operator(pg_catalog.>>) 22) as batch, pg_catalog.hashint8(ordinal operator(pg_catalog.#) 771077888) as hash, ordinal, cerebro._array_bytes(f0::pg_catalog.float4[]) as f0, (case when t0 operator(pg_catalog.>=) 1e-300 and t0 operator(pg_catalog.<=) 1e308 or t0 operator(pg_catalog.>=) -1e308 and t0 operator(pg_catalog.<=) -1e-300 then t0::pg_catalog.float8 when t0 operator(pg_catalog.>) -1 and t0 operator(pg_catalog.<) 1 then 0 when t0 is not null then 'Infinity' end::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8) as t0, (t1::pg_catalog.float8 operator(pg_catalog.+) 0::pg_catalog.float8) as t1, array[case when pg_catalog.isfinite(f1) is false then 'Infinity' else (f1 operator(pg_catalog.-) '1970-01-01'::pg_catalog.date)::pg_catalog.float8 operator(pg_catalog.*) 86400::pg_catalog.float8 end]::pg_catalog.float8[] as floats from (select pg_catalog.row_number() over () as ordinal, * from (select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, false as validation from "pg_temp"."_cerebro_source_1" as _source union all select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, true as validation from "pg_temp"."_cerebro_source_2" as _source) as source_rows) as numbered order by batch, hash, ordinal) as ordered group by batch;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'pg_temp._cerebro_staged_3'
select coalesce(sum(rows), 0)::bigint as rows, coalesce(sum(rows) filter (where batch < 2199023255552), 0)::bigint as labelled, coalesce(sum(rows) filter (where batch < 1099511627776), 0)::bigint as validation, pg_total_relation_size($1::text::regclass) as bytes from pg_temp._cerebro_staged_3;

-- drop_table
drop table if exists pg_temp._cerebro_staged_3;
