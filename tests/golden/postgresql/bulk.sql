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

-- select: $1 = [16400]
select p.polqual::text as tree
from pg_policy p
join pg_class c on c.oid = p.polrelid and c.relrowsecurity
where p.polrelid in (select unnest($1::bigint[])::oid)
    and p.polqual is not null
    and p.polcmd in ('r', '*');

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

-- create
create table "shop"."predictions" as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0;

-- select: $1 = 16400
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = $1::bigint::oid
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- create
create temporary table _cerebro_staged_1 as select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches with no data;

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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_1 select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."predictions" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select * from pg_temp._cerebro_staged_1) as b (keys, found);

-- drop
drop table pg_temp._cerebro_staged_1;

-- select
select count(*) as rows from "shop"."predictions";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'postgresql', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "output": "shop.predictions", "rows": 70000}
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
create temporary view _cerebro_source_2 as select * from (
select * from customers
) as _source;

-- set
set search_path = ours;

-- select: $1 = 'standard_conforming_strings', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'pg_temp._cerebro_source_2'
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

-- select: $1 = [16401]
select p.polqual::text as tree
from pg_policy p
join pg_class c on c.oid = p.polrelid and c.relrowsecurity
where p.polrelid in (select unnest($1::bigint[])::oid)
    and p.polqual is not null
    and p.polcmd in ('r', '*');

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

-- create
create table "shop"."others" as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0;

-- select: $1 = 16401
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = $1::bigint::oid
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- create
create temporary table _cerebro_staged_3 as select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "pg_temp"."_cerebro_source_2" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches with no data;

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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_3 select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "pg_temp"."_cerebro_source_2" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- insert
insert into "shop"."others" select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select * from pg_temp._cerebro_staged_3) as b (keys, found);

-- drop
drop table pg_temp._cerebro_staged_3;

-- drop
drop view pg_temp._cerebro_source_2;

-- select
select count(*) as rows from "shop"."others";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'postgresql', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "select * from customers", "output": "shop.others", "rows": 70000}
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

-- select: $1 = [16400]
select p.polqual::text as tree
from pg_policy p
join pg_class c on c.oid = p.polrelid and c.relrowsecurity
where p.polrelid in (select unnest($1::bigint[])::oid)
    and p.polqual is not null
    and p.polcmd in ('r', '*');

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

-- select: $1 = 16400
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = $1::bigint::oid
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- create
create temporary table _cerebro_staged_4 as select cerebro._evaluate_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', pg_catalog.record_send(row(floats, pg_catalog.convert_to(pg_catalog.array_to_json(t0::pg_catalog.text[])::pg_catalog.text, 'UTF8'))), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select t0::pg_catalog.text collate pg_catalog."C" as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."kind" as t0, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where t0 is not null
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches with no data;

-- select: $1 = 'pg_temp._cerebro_staged_4'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_4 alter column floats set storage external;

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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_4 select cerebro._evaluate_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', pg_catalog.record_send(row(floats, pg_catalog.convert_to(pg_catalog.array_to_json(t0::pg_catalog.text[])::pg_catalog.text, 'UTF8'))), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(t0) as t0, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select t0::pg_catalog.text collate pg_catalog."C" as t0, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."kind" as t0, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where t0 is not null
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select
select payload from (select * from pg_temp._cerebro_staged_4) as b (payload);

-- drop
drop table pg_temp._cerebro_staged_4;

-- spec: $1 = 6, $2 = 4
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'postgresql', $3 = 'evaluate', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "rows": 2}
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

-- select: $1 = [16400]
select p.polqual::text as tree
from pg_policy p
join pg_class c on c.oid = p.polrelid and c.relrowsecurity
where p.polrelid in (select unnest($1::bigint[])::oid)
    and p.polqual is not null
    and p.polcmd in ('r', '*');

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

-- select: $1 = 16402
select attname::text as name, format_type(atttypid, atttypmod) as type
from pg_attribute
where attrelid = $1::bigint::oid and attnum > 0 and not attisdropped;

-- create
create temporary table pg_temp._cerebro_output_5 as select null::bigint as "id", null::text as "prediction", null::double precision as "score", null::jsonb as "probabilities" limit 0;

-- select: $1 = 16400
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = $1::bigint::oid
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity;

-- create
create temporary table _cerebro_staged_6 as select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches with no data;

-- select: $1 = 'pg_temp._cerebro_staged_6'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- alter
alter table pg_temp._cerebro_staged_6 alter column floats set storage external;

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

-- set
set search_path = users;

-- set
set transaction_read_only = on;

-- insert
insert into pg_temp._cerebro_staged_6 select key, cerebro._predict_batch('churn', '{"class": "BatchLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"]], "targets": [], "label_form": null, "wanted": null}', pg_catalog.record_send(row(floats)), 4) from (
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size(16400)
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    225
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, pg_catalog.array_agg(key) as key, cerebro._array_bytes(pg_catalog.array_agg(floats)) as floats
    from (
        select key, array[case when f0 operator(pg_catalog.>=) 1e-300 and f0 operator(pg_catalog.<=) 1e308 or f0 operator(pg_catalog.>=) -1e308 and f0 operator(pg_catalog.<=) -1e-300 then f0::pg_catalog.float8 when f0 operator(pg_catalog.>) -1 and f0 operator(pg_catalog.<) 1 then 0 when f0 is not null then 'Infinity' end]::pg_catalog.float8[] as floats
        from (
            select _source."amount" as f0, _source."id" as key, false as validation from "shop"."customers" as _source
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) 225
            )::pg_catalog.tid
        ) as rows
        where true
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
) as batches;

-- set
set search_path = ours;

-- set
set transaction_read_only = off;

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_tidscan', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'work_mem', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'jit', $2 = 'on'
select set_config($1::text, $2::text, false);

-- insert
insert into pg_temp._cerebro_output_5 select unnest(b.keys), unnest((b.found).prediction::text[])::text, unnest((b.found).score::float8[])::double precision, jsonb_array_elements((b.found).probabilities)::jsonb from (select * from pg_temp._cerebro_staged_6) as b (keys, found);

-- drop
drop table pg_temp._cerebro_staged_6;

-- set
set search_path = users;

-- truncate
truncate "shop"."predictions";

-- insert
insert into "shop"."predictions" ("id", "prediction", "score", "probabilities") select "id", "prediction", "score", "probabilities" from pg_temp._cerebro_output_5;

-- set
set search_path = ours;

-- drop
drop table pg_temp._cerebro_output_5;

-- select
select count(*) as rows from "shop"."predictions";

-- select
select session_user::pg_catalog.text as login;

-- record: $1 = 'ann', $2 = 'postgresql', $3 = 'predict_table', $4 = 'run', $5 = 'churn', $6 = {"source": "customers", "output": "shop.predictions", "rows": 70000}
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);
