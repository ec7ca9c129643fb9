-- == of the labels

-- select: $1 = 1000, $2 = 200
select value::pg_catalog.text as label, count(*) filter (where position >= $2) as training, count(*) over () as "distinct" from (select position, t0 as value from pg_temp._cerebro_staged_3) as own_column where position < $1 group by 1 limit 10000;

-- == of the features: what each is, then batch by batch

-- with: $1 = 200, $2 = 1000
with counted as (
    select value::pg_catalog.text as value, count(*) as rows
    from (select position, f2 as value from pg_temp._cerebro_staged_3) as own_column
    where position >= $1 and position < $2
    group by 1
)
select
    coalesce(sum(rows) filter (where value is not null), 0)::bigint as rows,
    coalesce(sum(rows) filter (where value is null), 0)::bigint as nulls,
    count(value) as "distinct",
    coalesce(
        sum(rows * (1 + length(value) - length(replace(value, ' ', ''))))
            / nullif(sum(rows) filter (where value is not null), 0),
        0
    )::float8 as words,
    array(
        select value
        from counted
        where value is not null
        order by rows desc, value collate "C"
        limit 10000
    ) as frequent
from counted;

-- select
select max(array_ndims(f4)) as dimensions from pg_temp._cerebro_staged_3;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select
select learned from (select cerebro._learn_batch('[{"class": "NumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {}, "why": "type date"}, {"class": "VectorFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {}, "why": "type real[], 1 dimension"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null, "wanted": ["amount", "Flag", "day", "pair", "picture"]}', false, pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(cerebro._array_bytes(f4::pg_catalog.float4[])), array_agg(f5::bytea)))), min(position) from pg_temp._cerebro_staged_3 where position >= 0 and position < 200 group by home, (position - 0) / 65536) as batches (learned, first) order by first;

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
select learned from (select cerebro._learn_batch('[{"class": "NumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {}, "why": "type date"}, {"class": "VectorFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {}, "why": "type real[], 1 dimension"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null, "wanted": ["amount", "Flag", "day", "pair", "picture"]}', true, pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(cerebro._array_bytes(f4::pg_catalog.float4[])), array_agg(f5::bytea)))), min(position) from pg_temp._cerebro_staged_3 where position >= 200 and position < 1000 group by home, (position - 200) / 65536) as batches (learned, first) order by first;

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);
