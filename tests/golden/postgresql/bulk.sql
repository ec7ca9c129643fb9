-- == every row of a table, into a table

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- head: $1 = 'churn'
select
    id, config, installation,
    (select extversion from pg_catalog.pg_extension where extname = 'cerebro_db') as extension
from cerebro._serving
where run = $1::text;

-- model: $1 = 6
select encoding, state from cerebro._serving where id = $1::bigint;

-- select
select version() as version;

-- select: $1 = 'predictions', $2 = 'shop'
select count(*) as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text and n.nspname = coalesce($2::text, current_schema());

-- select
select version() as version;

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
create table "shop"."predictions" as select null::bigint as "id", null::text as prediction, null::float8 as score, null::jsonb as probabilities limit 0;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'enable_tidscan'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'jit'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '64MB'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = '"customers"'
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = to_regclass($1::text)
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::float8, jsonb_array_elements((b.found).probabilities)::jsonb from (select key, cerebro._predict_batch('churn', '{"class": "BatchReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', record_send(row(floats))) from (
select own.*
from generate_series(
    0, pg_relation_size(16400) / current_setting('block_size')::bigint, 225
) as first
cross join lateral (
    select count(*) as count, array_agg(key) as key, cerebro._array_bytes(array_agg(floats)) as floats
    from (
        select key as key, array[f0]::float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "customers" as _source
            where _source.ctid >= format('(%s,0)', first)::tid
                and _source.ctid < format('(%s,0)', first + 225)::tid
        ) as rows
        where true
    ) as kept
    having count(*) > 0
) as own
) as batches) as b (keys, found);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select
select count(*) as rows from "shop"."predictions";

-- == the rows of a query, into a table

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- select: $1 = 'others', $2 = 'shop'
select count(*) as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text and n.nspname = coalesce($2::text, current_schema());

-- create
create temporary view "_cerebro_shape_2" as select * from (
select * from customers
) as _source;

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
create table "shop"."others" as select null::bigint as "id", null::text as prediction, null::float8 as score, null::jsonb as probabilities limit 0;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'enable_tidscan'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'jit'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '64MB'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."others" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::float8, jsonb_array_elements((b.found).probabilities)::jsonb from (select key, cerebro._predict_batch('churn', '{"class": "BatchReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', record_send(row(floats))) from (
select count(*) as count, array_agg(key) as key, cerebro._array_bytes(array_agg(floats)) as floats
from (
    select *, (row_number() over () - 1) / 65536 as batch
    from (select key as key, array[f0]::float8[] as floats from (select _source."amount" as f0, _source."id" as key, false as validation from (
select * from customers
) as _source) as rows where true) as kept
) as numbered
group by batch
) as batches) as b (keys, found);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select
select count(*) as rows from "shop"."others";

-- == evaluated on labelled rows

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- select
select n.nspname::text as schema, c.relname::text as name, pg_table_is_visible(c.oid) as visible
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v', 'm', 'f', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast');

-- create
create temporary view "_cerebro_shape_3" as select * from "customers" as _source;

-- select: $1 = '_cerebro_shape_3'
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
drop view pg_temp._cerebro_shape_3;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'enable_tidscan'
select current_setting($1::text) as value;

-- select: $1 = 'work_mem'
select current_setting($1::text) as value;

-- select: $1 = 'jit'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = '64MB'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = '"customers"'
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = to_regclass($1::text)
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- select
select payload from (select cerebro._evaluate_batch('churn', '{"class": "BatchReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', record_send(row(floats, convert_to(array_to_json(t0::text[])::text, 'UTF8')))) from (
select own.*
from generate_series(
    0, pg_relation_size(16400) / current_setting('block_size')::bigint, 225
) as first
cross join lateral (
    select count(*) as count, array_agg(t0) as t0, cerebro._array_bytes(array_agg(floats)) as floats
    from (
        select t0 as t0, array[f0]::float8[] as floats
        from (
            select _source."amount" as f0, _source."kind" as t0, false as validation from "customers" as _source
            where _source.ctid >= format('(%s,0)', first)::tid
                and _source.ctid < format('(%s,0)', first + 225)::tid
        ) as rows
        where t0 is not null
    ) as kept
    having count(*) > 0
) as own
) as batches) as b (payload);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);
