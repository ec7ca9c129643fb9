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

-- select
select current_setting('gp_contentid') as content;

-- select: $1 = 'predictions', $2 = 'shop'
select count(*) as found
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text and n.nspname = coalesce($2::text, current_schema());

-- select
select version() as version;

-- select
select current_setting('gp_contentid') as content;

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
create temporary table "_cerebro_unordered_1" as
select
    case when not (true) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select key, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from "customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_unordered_1"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_unordered_1" alter column floats set storage external;

-- fill
insert into "_cerebro_unordered_1"
select
    case when not (true) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select key, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from "customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- counts
select category, bucket, count(*) as rows from pg_temp."_cerebro_unordered_1" group by category, bucket;

-- create
create temporary table "_cerebro_staged_1" as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp."_cerebro_unordered_1"
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_1" alter column floats set storage external;

-- fill
insert into "_cerebro_staged_1"
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp."_cerebro_unordered_1";

-- drop
drop table pg_temp."_cerebro_unordered_1";

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp."_cerebro_staged_1";

-- select: $1 = 'pg_temp."_cerebro_staged_1"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- create
create table "shop"."predictions" as select null::bigint as "id", null::text as prediction, null::float8 as score, null::jsonb as probabilities limit 0 distributed randomly;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::float8, jsonb_array_elements((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"class": "RowReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea)))) from pg_temp."_cerebro_staged_1" where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (keys, found);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp."_cerebro_staged_1";

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
create temporary table "_cerebro_unordered_2" as
select
    case when not (true) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select key, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from (
select * from customers
) as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_unordered_2"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_unordered_2" alter column floats set storage external;

-- fill
insert into "_cerebro_unordered_2"
select
    case when not (true) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select key, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from (
select * from customers
) as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- counts
select category, bucket, count(*) as rows from pg_temp."_cerebro_unordered_2" group by category, bucket;

-- create
create temporary table "_cerebro_staged_2" as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp."_cerebro_unordered_2"
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_staged_2"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_2" alter column floats set storage external;

-- fill
insert into "_cerebro_staged_2"
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp."_cerebro_unordered_2";

-- drop
drop table pg_temp."_cerebro_unordered_2";

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp."_cerebro_staged_2";

-- select: $1 = 'pg_temp."_cerebro_staged_2"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- create
create table "shop"."others" as select null::bigint as "id", null::text as prediction, null::float8 as score, null::jsonb as probabilities limit 0 distributed randomly;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."others" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::float8, jsonb_array_elements((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"class": "RowReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea)))) from pg_temp."_cerebro_staged_2" where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (keys, found);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp."_cerebro_staged_2";

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
create temporary table "_cerebro_unordered_3" as
select
    case when not (t0 is not null) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select t0, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."kind" as t0, false as validation from "customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_unordered_3"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_unordered_3" alter column floats set storage external;

-- fill
insert into "_cerebro_unordered_3"
select
    case when not (t0 is not null) then 2 when validation then 0 else 1 end as category,
    ((hash::bigint + 2147483648) * 2 >> 32)::int as bucket,
    ('{3,5}'::int2[]::int[])[1 + ((hash::bigint + 2147483648) * 2 >> 32)::int] as home,
    *
from (select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # 436422930)) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select t0, cerebro._array_bytes(array[coalesce(f0::float8,  -1.618033988749895e+308)]::float8[]) as floats, validation from (select _source."amount" as f0, _source."kind" as t0, false as validation from "customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- counts
select category, bucket, count(*) as rows from pg_temp."_cerebro_unordered_3" group by category, bucket;

-- create
create temporary table "_cerebro_staged_3" as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp."_cerebro_unordered_3"
with no data
distributed by (home);

-- select: $1 = 'pg_temp."_cerebro_staged_3"'
select attname::text as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp."_cerebro_staged_3" alter column floats set storage external;

-- fill
insert into "_cerebro_staged_3"
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp."_cerebro_unordered_3";

-- drop
drop table pg_temp."_cerebro_unordered_3";

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp."_cerebro_staged_3";

-- select: $1 = 'pg_temp."_cerebro_staged_3"'
select pg_total_relation_size($1::text::regclass) as bytes;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select
select payload from (select cerebro._evaluate_batch('churn', '{"class": "RowReading", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), convert_to(array_to_json(array_agg(t0::text))::text, 'UTF8')))) from pg_temp."_cerebro_staged_3" where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (payload);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp."_cerebro_staged_3";
