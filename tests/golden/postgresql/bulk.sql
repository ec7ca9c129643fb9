-- == every row of a table, into a table

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- select
select version() as version;

-- head: $1 = 'churn'
select id, config, installation from cerebro._serving where run = $1::text;

-- encoding: $1 = 'churn'
select encoding from cerebro._serving where run = $1::text;

-- select: $1 = 'predictions', $2 = 'shop'
select count(*) as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text and n.nspname = coalesce($2::text, current_schema());

-- select
select n.nspname::text as schema, c.relname::text as name, pg_table_is_visible(c.oid) as visible
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'f', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast');

-- create
create temporary view "_cerebro_shape_1" as select * from "customers" as _source;

-- select: $1 = '_cerebro_shape_1'
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (select p.proname::text from pg_proc p where p.oid = t.typsend::oid) as send,
    (
        select p.proname::text
        from pg_type own
        left join pg_type base on base.oid = own.typbasetype
        join pg_type e on e.oid = coalesce(base.typelem, own.typelem)
        join pg_proc p on p.oid = e.typsend::oid
        where own.oid = t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = ('pg_temp.' || $1)::regclass
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- drop
drop view pg_temp._cerebro_shape_1;

-- create
create temporary table "_cerebro_staged_1" as select position, validation, key, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."id" as key, false as validation from "customers" as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_1" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_1" select position, validation, key, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."id" as key, false as validation from "customers" as _source) as rows) as numbered) as ordered;

-- create
create unique index on pg_temp."_cerebro_staged_1" (position);

-- alter
alter table pg_temp."_cerebro_staged_1" alter column position set statistics 10;

-- analyze
analyze pg_temp."_cerebro_staged_1" (position);

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp."_cerebro_staged_1";

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- create
create table "shop"."predictions" as select key as "id", null::text as prediction, null::float8 as score, null::jsonb as probabilities from pg_temp."_cerebro_staged_1" limit 0;

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction)::text, unnest((b.found).score)::float8, unnest((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea)))) from (select * from pg_temp."_cerebro_staged_1" where position >= 0 and position < 65536 order by position) as staged) as b (keys, found);

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction)::text, unnest((b.found).score)::float8, unnest((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea)))) from (select * from pg_temp."_cerebro_staged_1" where position >= 65536 and position < 70000 order by position) as staged) as b (keys, found);

-- drop_table
drop table if exists pg_temp."_cerebro_staged_1";

-- == evaluated on labelled rows

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- head: $1 = 'churn'
select id, config, installation from cerebro._serving where run = $1::text;

-- select
select n.nspname::text as schema, c.relname::text as name, pg_table_is_visible(c.oid) as visible
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'f', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast');

-- create
create temporary view "_cerebro_shape_2" as select * from "customers" as _source;

-- select: $1 = '_cerebro_shape_2'
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (select p.proname::text from pg_proc p where p.oid = t.typsend::oid) as send,
    (
        select p.proname::text
        from pg_type own
        left join pg_type base on base.oid = own.typbasetype
        join pg_type e on e.oid = coalesce(base.typelem, own.typelem)
        join pg_proc p on p.oid = e.typsend::oid
        where own.oid = t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = ('pg_temp.' || $1)::regclass
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- drop
drop view pg_temp._cerebro_shape_2;

-- create
create temporary table "_cerebro_staged_2" as select position, validation, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."kind" as t0, false as validation from "customers" as _source) as rows) as numbered) as ordered with no data;

-- select: $1 = 'pg_temp."_cerebro_staged_2"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_2" alter column floats set storage external;

-- insert
insert into "_cerebro_staged_2" select position, validation, t0, array_send(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats from (select row_number() over (order by not (t0 is not null), validation desc, ordinal) - 1 as position, * from (select row_number() over () as ordinal, * from (select _source."amount" as f0, _source."kind" as t0, false as validation from "customers" as _source) as rows) as numbered) as ordered;

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

-- select
select payload from (select cerebro._evaluate_batch('churn', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text"}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(convert_to(t0::text, 'UTF8'))))) from (select * from pg_temp."_cerebro_staged_2" where position >= 0 and position < 65536 order by position) as staged) as b (payload);

-- select
select payload from (select cerebro._evaluate_batch('churn', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text"}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(convert_to(t0::text, 'UTF8'))))) from (select * from pg_temp."_cerebro_staged_2" where position >= 65536 and position < 70000 order by position) as staged) as b (payload);

-- drop_table
drop table if exists pg_temp."_cerebro_staged_2";
