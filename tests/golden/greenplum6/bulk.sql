-- == every row of a table, into a table

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- catch_up
select pg_catalog.pg_relation_is_updatable('pg_catalog.pg_language'::pg_catalog.regclass, false);

-- head: $1 = 'churn', $2 = null, $3 = false
select
    id, config, member, fold, weight, units, threshold, installation,
    (
        select extversion
        from pg_catalog.pg_extension
        where extname operator(pg_catalog.=) 'cerebro_db'
    ) as extension
from cerebro._serving
where run operator(pg_catalog.=) $1::pg_catalog.text
    and case
        when $2::int is null then rank operator(pg_catalog.<=) 1
        else config operator(pg_catalog.=) $2::int
    end
    and case when $3::boolean then fold operator(pg_catalog.>) 0 else answers end
order by rank, member, fold;

-- model: $1 = 6, $2 = 4, $3 = 8, $4 = 0
select encoding, state, spec operator(pg_catalog.->>) 'framework'::pg_catalog.text as framework
from cerebro._serving
where id operator(pg_catalog.=) $1::bigint
    and config operator(pg_catalog.=) $2::int
    and units operator(pg_catalog.=) $3::int
    and fold operator(pg_catalog.=) $4::int;

-- select
select pg_catalog.version() as version;

-- select
select nspname::text as name from pg_namespace order by 1;

-- select: $1 = 'predictions', $2 = 'shop'
select c.oid::bigint as oid, c.relkind::text as kind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text::name
    and case $2::text
        when 'pg_temp' then n.oid = pg_my_temp_schema()
        else n.nspname = $2::text::name
    end;

-- select
select pg_catalog.version() as version;

-- set
set search_path = users;

-- select: $1 = 'customers', $2 = null
select
    n.nspname::pg_catalog.text as schema,
    c.relname::pg_catalog.text as name,
    c.oid::pg_catalog.int8 as oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where c.relname operator(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name
    and c.relkind operator(pg_catalog.=) any ('{r,v,m,f,p}'::pg_catalog."char"[])
    and case
        when $2::pg_catalog.text is null then pg_catalog.pg_table_is_visible(c.oid)
        else n.nspname operator(pg_catalog.=) $2::pg_catalog.text::pg_catalog.name
    end;

-- set
set search_path = ours;

-- select: $1 = 16400
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_proc p
        where p.oid operator(pg_catalog.=) t.typsend::pg_catalog.oid
    ) as send,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_type own
        left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) own.typbasetype
        join pg_catalog.pg_type e
            on e.oid operator(pg_catalog.=) coalesce(base.typelem, own.typelem)
        join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.typsend::pg_catalog.oid
        where own.oid operator(pg_catalog.=) t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- select: $1 = [], $2 = ["array_sample", "array_shuffle", "clock_timestamp", "currval", "gen_random_bytes", "gen_random_uuid", "lastval", "lo_get", "normal_rand", "random", "random_normal", "setseed", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7"]
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.oid in (select unnest($1::bigint[])::oid)
    and p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
order by 1;

-- select: $1 = [16400]
select
    c.relname::text as name,
    quote_ident(s.srvname) as server,
    coalesce(h.proname::text, '') as handler,
    coalesce(
        h.proname = 'postgres_fdw_handler' and exists (
            select from unnest(s.srvoptions) option
            where option ~ '^options=.*-c *default_transaction_read_only=(on|true|yes|1)( |$)'
        )
        or h.proname = 'file_fdw_handler' and not exists (
            select from unnest(f.ftoptions) option where option like 'program=%'
        ),
        false
    ) as read_only
from pg_foreign_table f
join pg_class c on c.oid = f.ftrelid
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_proc h on h.oid = w.fdwhandler
where f.ftrelid in (select unnest($1::bigint[])::oid)
order by 1;

-- select: $1 = [16400], $2 = [], $3 = []
select ev_action::text as tree
from pg_rewrite
join pg_class c on c.oid = ev_class and c.relkind = 'v'
where ev_class in (select unnest($1::bigint[])::oid)
union all
select d.adbin::text
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid in (select unnest($1::bigint[])::oid) and (row_to_json(a) ->> 'attgenerated') = 'v'
union all
select p.proargdefaults::text
from pg_proc p
where p.oid in (select unnest($2::bigint[])::oid) and p.proargdefaults is not null
union all
select row_to_json(p) ->> 'prosqlbody'
from pg_proc p
where
    p.oid in (select unnest($2::bigint[])::oid) and (row_to_json(p) ->> 'prosqlbody') is not null
union all
select conbin::text
from pg_constraint
where contypid in (select unnest($3::bigint[])::oid) and conbin is not null;

-- select
select to_regclass('pg_catalog.pg_policy') is not null as there;

-- select: $1 = [16400], $2 = [], $3 = []
select 'relations' as part, inhrelid::bigint as oid
from pg_inherits
where inhparent in (select unnest($1::bigint[])::oid)
union all
select 'functions', p.oid::bigint
from pg_aggregate a
join json_each_text(row_to_json(a)) called on called.key like 'agg%fn' and called.value <> '-'
join pg_proc p on p.proname = regexp_replace(called.value, '^.*\.', '')
where a.aggfnoid in (select unnest($2::bigint[])::oid)
union all
select 'types', part.oid::bigint
from pg_type t
join lateral (
    select t.typbasetype
    union all select t.typelem
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
) part (oid) on part.oid <> 0
where t.oid in (select unnest($3::bigint[])::oid);

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
            select key as key, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source) as source_rows
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
    validation, home, key, floats
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
    validation, home, key, floats
from pg_temp._cerebro_staged_2;

-- drop
drop table pg_temp._cerebro_staged_2;

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp._cerebro_staged_3;

-- select: $1 = 'pg_temp._cerebro_staged_3'
select pg_total_relation_size($1::text::regclass) as bytes;

-- create
create table "shop"."predictions" as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0 distributed randomly;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea))), 4) from pg_temp._cerebro_staged_3 where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (keys, found);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp._cerebro_staged_3;

-- select
select count(*) as rows from "shop"."predictions";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'greenplum6', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "output": "shop.predictions", "rows": 70000}
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);

-- == the rows of a query, into a table

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- select
select nspname::text as name from pg_namespace order by 1;

-- select: $1 = 'others', $2 = 'shop'
select c.oid::bigint as oid, c.relkind::text as kind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text::name
    and case $2::text
        when 'pg_temp' then n.oid = pg_my_temp_schema()
        else n.nspname = $2::text::name
    end;

-- select: $1 = 'standard_conforming_strings'
select current_setting($1::text) as value;

-- select: $1 = 'standard_conforming_strings', $2 = 'on'
select set_config($1::text, $2::text, false);

-- set
set search_path = users;

-- create
create temporary view _cerebro_source_4 as select * from (
select * from customers
) as _source;

-- set
set search_path = ours;

-- select: $1 = 'standard_conforming_strings', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'pg_temp._cerebro_source_4'
select $1::text::regclass::oid::bigint as oid;

-- select: $1 = 16401
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_proc p
        where p.oid operator(pg_catalog.=) t.typsend::pg_catalog.oid
    ) as send,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_type own
        left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) own.typbasetype
        join pg_catalog.pg_type e
            on e.oid operator(pg_catalog.=) coalesce(base.typelem, own.typelem)
        join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.typsend::pg_catalog.oid
        where own.oid operator(pg_catalog.=) t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- select: $1 = [], $2 = ["array_sample", "array_shuffle", "clock_timestamp", "currval", "gen_random_bytes", "gen_random_uuid", "lastval", "lo_get", "normal_rand", "random", "random_normal", "setseed", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7"]
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.oid in (select unnest($1::bigint[])::oid)
    and p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
order by 1;

-- select: $1 = [16401]
select
    c.relname::text as name,
    quote_ident(s.srvname) as server,
    coalesce(h.proname::text, '') as handler,
    coalesce(
        h.proname = 'postgres_fdw_handler' and exists (
            select from unnest(s.srvoptions) option
            where option ~ '^options=.*-c *default_transaction_read_only=(on|true|yes|1)( |$)'
        )
        or h.proname = 'file_fdw_handler' and not exists (
            select from unnest(f.ftoptions) option where option like 'program=%'
        ),
        false
    ) as read_only
from pg_foreign_table f
join pg_class c on c.oid = f.ftrelid
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_proc h on h.oid = w.fdwhandler
where f.ftrelid in (select unnest($1::bigint[])::oid)
order by 1;

-- select: $1 = [16401], $2 = [], $3 = []
select ev_action::text as tree
from pg_rewrite
join pg_class c on c.oid = ev_class and c.relkind = 'v'
where ev_class in (select unnest($1::bigint[])::oid)
union all
select d.adbin::text
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid in (select unnest($1::bigint[])::oid) and (row_to_json(a) ->> 'attgenerated') = 'v'
union all
select p.proargdefaults::text
from pg_proc p
where p.oid in (select unnest($2::bigint[])::oid) and p.proargdefaults is not null
union all
select row_to_json(p) ->> 'prosqlbody'
from pg_proc p
where
    p.oid in (select unnest($2::bigint[])::oid) and (row_to_json(p) ->> 'prosqlbody') is not null
union all
select conbin::text
from pg_constraint
where contypid in (select unnest($3::bigint[])::oid) and conbin is not null;

-- select
select to_regclass('pg_catalog.pg_policy') is not null as there;

-- select: $1 = [16401], $2 = [], $3 = []
select 'relations' as part, inhrelid::bigint as oid
from pg_inherits
where inhparent in (select unnest($1::bigint[])::oid)
union all
select 'functions', p.oid::bigint
from pg_aggregate a
join json_each_text(row_to_json(a)) called on called.key like 'agg%fn' and called.value <> '-'
join pg_proc p on p.proname = regexp_replace(called.value, '^.*\.', '')
where a.aggfnoid in (select unnest($2::bigint[])::oid)
union all
select 'types', part.oid::bigint
from pg_type t
join lateral (
    select t.typbasetype
    union all select t.typelem
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
) part (oid) on part.oid <> 0
where t.oid in (select unnest($3::bigint[])::oid);

-- select: $1 = []
select c.relname::text as name, n.nspname::text as schema
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid in (select unnest($1::bigint[])::oid)
order by 1;

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
create temporary view _cerebro_placed_5 as select
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
            select key as key, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from "pg_temp"."_cerebro_source_4" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_6 as
select * from pg_temp._cerebro_placed_5
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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_6
select * from pg_temp._cerebro_placed_5;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_5;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_6 group by category, bucket;

-- create
create temporary table _cerebro_staged_7 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp._cerebro_staged_6
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_7'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_7 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_7
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp._cerebro_staged_6;

-- drop
drop table pg_temp._cerebro_staged_6;

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp._cerebro_staged_7;

-- select: $1 = 'pg_temp._cerebro_staged_7'
select pg_total_relation_size($1::text::regclass) as bytes;

-- create
create table "shop"."others" as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0 distributed randomly;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."others" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea))), 4) from pg_temp._cerebro_staged_7 where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (keys, found);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp._cerebro_staged_7;

-- drop
drop view pg_temp._cerebro_source_4;

-- select
select count(*) as rows from "shop"."others";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'greenplum6', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "select * from customers", "output": "shop.others", "rows": 70000}
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);

-- == evaluated on labelled rows

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- set
set search_path = users;

-- select: $1 = 'customers', $2 = null
select
    n.nspname::pg_catalog.text as schema,
    c.relname::pg_catalog.text as name,
    c.oid::pg_catalog.int8 as oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where c.relname operator(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name
    and c.relkind operator(pg_catalog.=) any ('{r,v,m,f,p}'::pg_catalog."char"[])
    and case
        when $2::pg_catalog.text is null then pg_catalog.pg_table_is_visible(c.oid)
        else n.nspname operator(pg_catalog.=) $2::pg_catalog.text::pg_catalog.name
    end;

-- set
set search_path = ours;

-- select: $1 = 16400
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_proc p
        where p.oid operator(pg_catalog.=) t.typsend::pg_catalog.oid
    ) as send,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_type own
        left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) own.typbasetype
        join pg_catalog.pg_type e
            on e.oid operator(pg_catalog.=) coalesce(base.typelem, own.typelem)
        join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.typsend::pg_catalog.oid
        where own.oid operator(pg_catalog.=) t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- select: $1 = [], $2 = ["array_sample", "array_shuffle", "clock_timestamp", "currval", "gen_random_bytes", "gen_random_uuid", "lastval", "lo_get", "normal_rand", "random", "random_normal", "setseed", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7"]
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.oid in (select unnest($1::bigint[])::oid)
    and p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
order by 1;

-- select: $1 = [16400]
select
    c.relname::text as name,
    quote_ident(s.srvname) as server,
    coalesce(h.proname::text, '') as handler,
    coalesce(
        h.proname = 'postgres_fdw_handler' and exists (
            select from unnest(s.srvoptions) option
            where option ~ '^options=.*-c *default_transaction_read_only=(on|true|yes|1)( |$)'
        )
        or h.proname = 'file_fdw_handler' and not exists (
            select from unnest(f.ftoptions) option where option like 'program=%'
        ),
        false
    ) as read_only
from pg_foreign_table f
join pg_class c on c.oid = f.ftrelid
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_proc h on h.oid = w.fdwhandler
where f.ftrelid in (select unnest($1::bigint[])::oid)
order by 1;

-- select: $1 = [16400], $2 = [], $3 = []
select ev_action::text as tree
from pg_rewrite
join pg_class c on c.oid = ev_class and c.relkind = 'v'
where ev_class in (select unnest($1::bigint[])::oid)
union all
select d.adbin::text
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid in (select unnest($1::bigint[])::oid) and (row_to_json(a) ->> 'attgenerated') = 'v'
union all
select p.proargdefaults::text
from pg_proc p
where p.oid in (select unnest($2::bigint[])::oid) and p.proargdefaults is not null
union all
select row_to_json(p) ->> 'prosqlbody'
from pg_proc p
where
    p.oid in (select unnest($2::bigint[])::oid) and (row_to_json(p) ->> 'prosqlbody') is not null
union all
select conbin::text
from pg_constraint
where contypid in (select unnest($3::bigint[])::oid) and conbin is not null;

-- select
select to_regclass('pg_catalog.pg_policy') is not null as there;

-- select: $1 = [16400], $2 = [], $3 = []
select 'relations' as part, inhrelid::bigint as oid
from pg_inherits
where inhparent in (select unnest($1::bigint[])::oid)
union all
select 'functions', p.oid::bigint
from pg_aggregate a
join json_each_text(row_to_json(a)) called on called.key like 'agg%fn' and called.value <> '-'
join pg_proc p on p.proname = regexp_replace(called.value, '^.*\.', '')
where a.aggfnoid in (select unnest($2::bigint[])::oid)
union all
select 'types', part.oid::bigint
from pg_type t
join lateral (
    select t.typbasetype
    union all select t.typelem
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
) part (oid) on part.oid <> 0
where t.oid in (select unnest($3::bigint[])::oid);

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
create temporary view _cerebro_placed_8 as select
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
            select t0::pg_catalog.text collate pg_catalog."C" as t0, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."kind" as t0, false as validation from "shop"."customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_9 as
select * from pg_temp._cerebro_placed_8
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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_9
select * from pg_temp._cerebro_placed_8;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_8;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_9 group by category, bucket;

-- create
create temporary table _cerebro_staged_10 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp._cerebro_staged_9
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_10'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_10 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_10
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, t0, floats
from pg_temp._cerebro_staged_9;

-- drop
drop table pg_temp._cerebro_staged_9;

-- select
select count(*) as rows, count(*) filter (where t0 is not null) as labelled, count(*) filter (where t0 is not null and validation) as validation from pg_temp._cerebro_staged_10;

-- select: $1 = 'pg_temp._cerebro_staged_10'
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
select payload from (select cerebro._evaluate_batch('churn', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), pg_catalog.convert_to(pg_catalog.array_to_json(array_agg(t0::text))::pg_catalog.text, 'UTF8'))), 4) from pg_temp._cerebro_staged_10 where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (payload);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- drop_table
drop table if exists pg_temp._cerebro_staged_10;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'greenplum6', $3 = 'evaluate', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "rows": 2}
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);

-- == every row of a table, into a table that is there

-- select
select
    current_setting('transaction_read_only')::boolean as read_only,
    has_database_privilege(current_database(), 'TEMPORARY') as temporary,
    quote_ident(current_database()) as database;

-- select
select nspname::text as name from pg_namespace order by 1;

-- select: $1 = 'predictions', $2 = 'shop'
select c.oid::bigint as oid, c.relkind::text as kind
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname = $1::text::name
    and case $2::text
        when 'pg_temp' then n.oid = pg_my_temp_schema()
        else n.nspname = $2::text::name
    end;

-- set
set search_path = users;

-- select: $1 = 'customers', $2 = null
select
    n.nspname::pg_catalog.text as schema,
    c.relname::pg_catalog.text as name,
    c.oid::pg_catalog.int8 as oid
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where c.relname operator(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name
    and c.relkind operator(pg_catalog.=) any ('{r,v,m,f,p}'::pg_catalog."char"[])
    and case
        when $2::pg_catalog.text is null then pg_catalog.pg_table_is_visible(c.oid)
        else n.nspname operator(pg_catalog.=) $2::pg_catalog.text::pg_catalog.name
    end;

-- set
set search_path = ours;

-- select: $1 = 16400
select
    a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_proc p
        where p.oid operator(pg_catalog.=) t.typsend::pg_catalog.oid
    ) as send,
    (
        select p.proname::pg_catalog.text
        from pg_catalog.pg_type own
        left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) own.typbasetype
        join pg_catalog.pg_type e
            on e.oid operator(pg_catalog.=) coalesce(base.typelem, own.typelem)
        join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.typsend::pg_catalog.oid
        where own.oid operator(pg_catalog.=) t.oid
    ) as element
from pg_attribute a
join pg_type t on t.oid = a.atttypid
where a.attrelid = $1::bigint::oid
    and a.attnum > 0
    and not a.attisdropped
order by a.attnum;

-- select: $1 = [], $2 = ["array_sample", "array_shuffle", "clock_timestamp", "currval", "gen_random_bytes", "gen_random_uuid", "lastval", "lo_get", "normal_rand", "random", "random_normal", "setseed", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7"]
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.oid in (select unnest($1::bigint[])::oid)
    and p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
order by 1;

-- select: $1 = [16400]
select
    c.relname::text as name,
    quote_ident(s.srvname) as server,
    coalesce(h.proname::text, '') as handler,
    coalesce(
        h.proname = 'postgres_fdw_handler' and exists (
            select from unnest(s.srvoptions) option
            where option ~ '^options=.*-c *default_transaction_read_only=(on|true|yes|1)( |$)'
        )
        or h.proname = 'file_fdw_handler' and not exists (
            select from unnest(f.ftoptions) option where option like 'program=%'
        ),
        false
    ) as read_only
from pg_foreign_table f
join pg_class c on c.oid = f.ftrelid
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_proc h on h.oid = w.fdwhandler
where f.ftrelid in (select unnest($1::bigint[])::oid)
order by 1;

-- select: $1 = [16400], $2 = [], $3 = []
select ev_action::text as tree
from pg_rewrite
join pg_class c on c.oid = ev_class and c.relkind = 'v'
where ev_class in (select unnest($1::bigint[])::oid)
union all
select d.adbin::text
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid in (select unnest($1::bigint[])::oid) and (row_to_json(a) ->> 'attgenerated') = 'v'
union all
select p.proargdefaults::text
from pg_proc p
where p.oid in (select unnest($2::bigint[])::oid) and p.proargdefaults is not null
union all
select row_to_json(p) ->> 'prosqlbody'
from pg_proc p
where
    p.oid in (select unnest($2::bigint[])::oid) and (row_to_json(p) ->> 'prosqlbody') is not null
union all
select conbin::text
from pg_constraint
where contypid in (select unnest($3::bigint[])::oid) and conbin is not null;

-- select
select to_regclass('pg_catalog.pg_policy') is not null as there;

-- select: $1 = [16400], $2 = [], $3 = []
select 'relations' as part, inhrelid::bigint as oid
from pg_inherits
where inhparent in (select unnest($1::bigint[])::oid)
union all
select 'functions', p.oid::bigint
from pg_aggregate a
join json_each_text(row_to_json(a)) called on called.key like 'agg%fn' and called.value <> '-'
join pg_proc p on p.proname = regexp_replace(called.value, '^.*\.', '')
where a.aggfnoid in (select unnest($2::bigint[])::oid)
union all
select 'types', part.oid::bigint
from pg_type t
join lateral (
    select t.typbasetype
    union all select t.typelem
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
) part (oid) on part.oid <> 0
where t.oid in (select unnest($3::bigint[])::oid);

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
create temporary view _cerebro_placed_11 as select
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
            select key as key, cerebro._array_bytes(array[coalesce(case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end::pg_catalog.float8,  -1.618033988749895e+308)]::pg_catalog.float8[]) as floats, validation from (select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source) as source_rows
        ) as stored
    ) as with_content
) as numbered) as hashed;

-- create
create temporary table _cerebro_staged_12 as
select * from pg_temp._cerebro_placed_11
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_12'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_12 alter column floats set storage external;

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- fill
insert into pg_temp._cerebro_staged_12
select * from pg_temp._cerebro_placed_11;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- drop
drop view pg_temp._cerebro_placed_11;

-- counts
select category, bucket, count(*) as rows from pg_temp._cerebro_staged_12 group by category, bucket;

-- create
create temporary table _cerebro_staged_13 as
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp._cerebro_staged_12
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_13'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_13 alter column floats set storage external;

-- fill
insert into pg_temp._cerebro_staged_13
select
    ('{0,90,200,620,1000,1000}'::int2[]::bigint[])[1 + category * 2 + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, key, floats
from pg_temp._cerebro_staged_12;

-- drop
drop table pg_temp._cerebro_staged_12;

-- select
select count(*) as rows, count(*) filter (where true) as labelled, count(*) filter (where true and validation) as validation from pg_temp._cerebro_staged_13;

-- select: $1 = 'pg_temp._cerebro_staged_13'
select pg_total_relation_size($1::text::regclass) as bytes;

-- select: $1 = 16402
select attname::text as name, format_type(atttypid, atttypmod) as type
from pg_attribute
where attrelid = $1::bigint::oid and attnum > 0 and not attisdropped;

-- create
create temporary table pg_temp._cerebro_output_14 as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0 distributed randomly;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- insert
insert into pg_temp._cerebro_output_14 select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select array_agg(key order by position), cerebro._predict_batch('churn', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea))), 4) from pg_temp._cerebro_staged_13 where position >= 0 and position < 70000 group by home, (position - 0) / 65536) as b (keys, found);

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- set
set search_path = users;

-- truncate
truncate "shop"."predictions";

-- insert
insert into "shop"."predictions" ("id", "prediction", "score", "probabilities") select "id", "prediction", "score", "probabilities" from pg_temp._cerebro_output_14;

-- set
set search_path = ours;

-- drop
drop table pg_temp._cerebro_output_14;

-- drop_table
drop table if exists pg_temp._cerebro_staged_13;

-- select
select count(*) as rows from "shop"."predictions";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'greenplum6', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "output": "shop.predictions", "rows": 70000}
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);
