-- == of the labels

-- select: $1 = 1000, $2 = 200
select count(distinct t0::text collate "C") as distinct_values from pg_temp."_cerebro_staged_1" where position < $1;

-- select: $1 = 1000, $2 = 200
select t0::text as label, count(*) filter (where position >= $2) as training from pg_temp."_cerebro_staged_1" where position < $1 group by 1;

-- == of the features: what each is, then batch by batch

-- select: $1 = 200, $2 = 1000
select count(f2::text) as rows, count(distinct f2::text collate "C") as distinct_values, avg(1 + length(f2::text) - length(replace(f2::text, ' ', '')))::float8 as words from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2;

-- select: $1 = 200, $2 = 1000
select f2::text as value from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 and f2::text is not null group by 1 order by count(*) desc, f2::text collate "C" limit 10000;

-- select: $1 = 200, $2 = 1000
select max(array_ndims(f4)) as dimensions from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select
select learned from (select cerebro._learn_batch('[{"class": "NumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "CategoryFitter", "column": {"name": "city", "type": "text", "send": "textsend", "element": ""}, "options": {}, "why": "30 distinct values in 800 training rows"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {}, "why": "type date"}, {"class": "VectorFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {}, "why": "type real[], 1 dimension"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null}', false, record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(convert_to(f2::text, 'UTF8')), string_agg(array_send(f4::float8[]), ''::bytea), string_agg(case when f4 is null then '\x01' else '\x00' end::bytea, ''::bytea), array_agg(f5::bytea)))), min(position) from pg_temp."_cerebro_staged_1" where position >= 0 and position < 200 group by home, (position - 0) / 65536) as batches (learned, first) order by first;

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
select learned from (select cerebro._learn_batch('[{"class": "NumberFitter", "column": {"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "options": {}, "why": "type numeric(10,2)"}, {"class": "NumberFitter", "column": {"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "options": {}, "why": "type boolean"}, {"class": "CategoryFitter", "column": {"name": "city", "type": "text", "send": "textsend", "element": ""}, "options": {}, "why": "30 distinct values in 800 training rows"}, {"class": "DateTimeFitter", "column": {"name": "day", "type": "date", "send": "date_send", "element": ""}, "options": {}, "why": "type date"}, {"class": "VectorFitter", "column": {"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "options": {}, "why": "type real[], 1 dimension"}, {"class": "ByteImageFitter", "column": {"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "options": {"shape": [2, 2, 1], "dtype": "uint8"}, "why": "stated in encode"}]', '{"features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "Flag", "type": "boolean", "send": "boolsend", "element": ""}, "boolean"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"], [{"name": "day", "type": "date", "send": "date_send", "element": ""}, "datetime"], [{"name": "pair", "type": "real[]", "send": "array_send", "element": "float4send"}, "array"], [{"name": "picture", "type": "bytea", "send": "byteasend", "element": ""}, "bytes"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": null}', true, record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), array_agg(convert_to(f2::text, 'UTF8')), string_agg(array_send(f4::float8[]), ''::bytea), string_agg(case when f4 is null then '\x01' else '\x00' end::bytea, ''::bytea), array_agg(f5::bytea)))), min(position) from pg_temp."_cerebro_staged_1" where position >= 200 and position < 1000 group by home, (position - 200) / 65536) as batches (learned, first) order by first;

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);
