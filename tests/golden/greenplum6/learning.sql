-- == of the labels

-- select: $1 = 1000, $2 = 200
select value::pg_catalog.text collate pg_catalog."C" as label, count(*) as rows, count(*) filter (where position >= $2) as training, count(*) over () as "distinct" from (select position, 0 as number, t0 as value from pg_temp._cerebro_staged_3) as own_columns where position < $1 group by 1 limit 10000;

-- labels
select t0::pg_catalog.text collate pg_catalog."C" as label, home, count(*) as rows, min(position) as first
from pg_temp._cerebro_staged_3
where position < 1000
group by 1, 2
order by 4;

-- create
create temporary table _cerebro_staged_4 as
select
    case
        when side = 2 then position
        else first + row_number() over (partition by home, side order by position) - 1
    end as position,
    validation, home, text_0, bytea_0, t0, floats
from (
    select
        ranked.*,
        case when position >= 1000 then 2 when rank <= coalesce(held, 0) then 0 else 1 end as side
    from (
        select *, row_number() over (partition by home, label order by position) as rank
        from (select *, t0::pg_catalog.text collate pg_catalog."C" as label from pg_temp._cerebro_staged_3) as labelled
    ) as ranked
    left join (
        select
            unnest('{new,old,old}'::text[]) as label,
            unnest('{3,3,5}'::int2[]::int[]) as home,
            unnest('{1,1,0}'::int2[]::bigint[]) as held
    ) as shares using (label, home)
) as sided
left join (
    select
        unnest('{3,5,3,5}'::int2[]::int[]) as home,
        unnest('{0,0,1,1}'::int2[]::int[]) as side,
        unnest('{0,2,2,7}'::int2[]::bigint[]) as first
) as begins using (home, side)
with no data
distributed by (home);

-- select: $1 = 'pg_temp._cerebro_staged_4'
select quote_ident(attname) as name
from pg_attribute
where attrelid = $1::regclass
    and attnum > 0
    and attstorage in ('x', 'm');

-- fill
insert into pg_temp._cerebro_staged_4
select
    case
        when side = 2 then position
        else first + row_number() over (partition by home, side order by position) - 1
    end as position,
    validation, home, text_0, bytea_0, t0, floats
from (
    select
        ranked.*,
        case when position >= 1000 then 2 when rank <= coalesce(held, 0) then 0 else 1 end as side
    from (
        select *, row_number() over (partition by home, label order by position) as rank
        from (select *, t0::pg_catalog.text collate pg_catalog."C" as label from pg_temp._cerebro_staged_3) as labelled
    ) as ranked
    left join (
        select
            unnest('{new,old,old}'::text[]) as label,
            unnest('{3,3,5}'::int2[]::int[]) as home,
            unnest('{1,1,0}'::int2[]::bigint[]) as held
    ) as shares using (label, home)
) as sided
left join (
    select
        unnest('{3,5,3,5}'::int2[]::int[]) as home,
        unnest('{0,0,1,1}'::int2[]::int[]) as side,
        unnest('{0,2,2,7}'::int2[]::bigint[]) as first
) as begins using (home, side);

-- drop
drop table pg_temp._cerebro_staged_3;

-- == of the features: what each is, then batch by batch

-- with: $1 = 2, $2 = 1000
with counted as (
    select number, value, count(*) as rows
    from (select position, generate_subscripts(text_0, 1) - 1 as number, unnest(text_0) as value from pg_temp._cerebro_staged_4) as own_columns
    where position >= $1 and position < $2
    group by number, value
)
select
    number,
    coalesce(sum(rows) filter (where value is not null), 0)::bigint as rows,
    coalesce(sum(rows) filter (where value is null), 0)::bigint as nulls,
    count(value) as "distinct",
    coalesce(
        sum(rows * (1 + length(value) - length(replace(value, ' ', ''))))
            / nullif(sum(rows) filter (where value is not null), 0),
        0
    )::float8 as words,
    coalesce(
        array_agg(value) filter (where value is not null and rank <= ('{10000}'::int2[]::int[])[number + 1]),
        array[]::text[]
    ) as frequent,
    coalesce(
        array_agg(rows) filter (where value is not null and rank <= ('{10000}'::int2[]::int[])[number + 1]),
        array[]::bigint[]
    ) as frequencies
from (
    select
        *,
        row_number() over (
            partition by number order by value is null, rows desc, value
        ) as rank
    from counted
) as ranked
group by number
order by number;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select
select learned from (select cerebro._learn_batch('[{"class": "UnstatedNumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {"bins": 32, "scale": "standard", "onehot": 32, "min_rows": 10}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {"bins": 32}, "why": "type date"}, {"class": "ArrayFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {"bins": 32, "scale": "standard", "onehot": 32, "min_rows": 10}, "why": "type real[]"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null, "wanted": ["amount", "Flag", "day", "pair", "picture"]}', false, pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(pg_catalog.array_send(bytea_0))))), min(position) from pg_temp._cerebro_staged_4 where position >= 0 and position < 2 group by home, (position - 0) / 65536) as batches (learned, first) order by first;

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select
select learned from (select cerebro._learn_batch('[{"class": "UnstatedNumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {"bins": 32, "scale": "standard", "onehot": 32, "min_rows": 10}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {"bins": 32}, "why": "type date"}, {"class": "ArrayFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {"bins": 32, "scale": "standard", "onehot": 32, "min_rows": 10}, "why": "type real[]"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null, "wanted": ["amount", "Flag", "day", "pair", "picture"]}', true, pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(pg_catalog.array_send(bytea_0))))), min(position) from pg_temp._cerebro_staged_4 where position >= 2 and position < 1000 group by home, (position - 2) / 65536) as batches (learned, first) order by first;

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);
