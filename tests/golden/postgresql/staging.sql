-- == columns of every kind, a fraction held out

-- create
create temporary table "_cerebro_staged_1" as select position, validation, f2, f4, f5, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308), coalesce(f1::int::float8,  -1.618033988749895e+308), coalesce(case when isfinite(f3) is false then 'Infinity' else date_part('epoch', f3) end,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."Flag" as f1, _source."city" as f2, _source."day" as f3, _source."pair" as f4, _source."picture" as f5, _source."kind" as t0, false as validation from "shop"."customers" as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_1" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_1" select position, validation, f2, f4, f5, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308), coalesce(f1::int::float8,  -1.618033988749895e+308), coalesce(case when isfinite(f3) is false then 'Infinity' else date_part('epoch', f3) end,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."Flag" as f1, _source."city" as f2, _source."day" as f3, _source."pair" as f4, _source."picture" as f5, _source."kind" as t0, false as validation from "shop"."customers" as _source) as rows) as numbered) as ordered;

-- create
create unique index on pg_temp."_cerebro_staged_1" (position);

-- alter
alter table pg_temp."_cerebro_staged_1" alter column position set statistics 10;

-- analyze
analyze pg_temp."_cerebro_staged_1" (position);

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp."_cerebro_staged_1";

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp."_cerebro_staged_1";

-- == a column says which rows are held out; labels in an array

-- create
create temporary table "_cerebro_staged_2" as select position, validation, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."tags" as t0, coalesce(_source."held out", false) as validation from "shop"."customers" as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_2"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_2" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_2" select position, validation, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."tags" as t0, coalesce(_source."held out", false) as validation from "shop"."customers" as _source) as rows) as numbered) as ordered;

-- create
create unique index on pg_temp."_cerebro_staged_2" (position);

-- alter
alter table pg_temp."_cerebro_staged_2" alter column position set statistics 10;

-- analyze
analyze pg_temp."_cerebro_staged_2" (position);

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp."_cerebro_staged_2";

-- select: $1 = 'pg_temp."_cerebro_staged_2"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp."_cerebro_staged_2";

-- == a query is held out; two targets

-- create
create temporary table "_cerebro_staged_3" as select position, validation, f0, t0, t1, array_send(array[coalesce(case when isfinite(f1) is false then 'Infinity' else date_part('epoch', f1) end,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null and t1 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, false as validation from (
select * from customers -- of all years
) as _source union all select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, true as validation from (
select * from customers where year = 2026
) as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_3"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_3" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_3" select position, validation, f0, t0, t1, array_send(array[coalesce(case when isfinite(f1) is false then 'Infinity' else date_part('epoch', f1) end,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null and t1 is not null), validation desc, hashint8(ordinal # 771077888), ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, false as validation from (
select * from customers -- of all years
) as _source union all select _source."pair" as f0, _source."day" as f1, _source."amount" as t0, _source."width" as t1, true as validation from (
select * from customers where year = 2026
) as _source) as rows) as numbered) as ordered;

-- create
create unique index on pg_temp."_cerebro_staged_3" (position);

-- alter
alter table pg_temp."_cerebro_staged_3" alter column position set statistics 10;

-- analyze
analyze pg_temp."_cerebro_staged_3" (position);

-- select
select count(*) as rows, count(*) filter (where t0 is not null and t1 is not null) as labelled, count(*) filter (where t0 is not null and t1 is not null and validation) as validation from pg_temp."_cerebro_staged_3";

-- select: $1 = 'pg_temp."_cerebro_staged_3"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp."_cerebro_staged_3";

-- == for predictions: in the source's own order, with a key

-- create
create temporary table "_cerebro_staged_4" as select position, validation, f1, key, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."city" as f1, _source."id" as key, false as validation from "Customers" as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_4"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_4" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_4" select position, validation, f1, key, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."city" as f1, _source."id" as key, false as validation from "Customers" as _source) as rows) as numbered) as ordered;

-- create
create unique index on pg_temp."_cerebro_staged_4" (position);

-- alter
alter table pg_temp."_cerebro_staged_4" alter column position set statistics 10;

-- analyze
analyze pg_temp."_cerebro_staged_4" (position);

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp."_cerebro_staged_4";

-- select: $1 = 'pg_temp."_cerebro_staged_4"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- drop_table
drop table if exists pg_temp."_cerebro_staged_4";
