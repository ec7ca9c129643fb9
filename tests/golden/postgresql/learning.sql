-- == of the labels

-- select: $1 = 1000, $2 = 200
select value::pg_catalog.text collate pg_catalog."C" as label, count(*) as rows, count(*) filter (where position >= $2) as training, count(*) over () as "distinct" from (select first + place % rows as position, place / rows as number, value from (select first, rows, generate_series(0, rows * 1 - 1) as place, unnest(own) as value from (select (sum(rows) over (order by batch) - rows)::bigint as first, rows, t0 as own from pg_temp._cerebro_staged_1) as batches) as placed) as own_columns where position < $1 group by 1 limit 10000;

-- select
select batch, pg_catalog.array_to_json(t0::pg_catalog.text[])::pg_catalog.text as labels from pg_temp._cerebro_staged_1 where batch < 2199023255552 order by batch;

-- update: $1 = [1099511627777]
update pg_temp._cerebro_staged_1 set batch = batch - 1099511627776 where batch = any ($1::bigint[]);

-- insert: $1 = [1099511627776], $2 = ["{1}"]
insert into pg_temp._cerebro_staged_1 (batch, rows, taken, text_0, bytea_0, bytea_1, t0, floats) select batch - 1099511627776, cardinality(places), places, (select array_agg(part order by number) from (select (item - 1) / (cardinality(text_0) / 1) as number, array_agg(value order by turn) as part from unnest(text_0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(text_0) / 1) + 1 group by 1) as parts), (select array_agg(part order by number) from (select (item - 1) / (cardinality(bytea_0) / 1) as number, array_agg(value order by turn) as part from unnest(bytea_0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(bytea_0) / 1) + 1 group by 1) as parts), (select array_agg(part order by number) from (select (item - 1) / (cardinality(bytea_1) / 1) as number, array_agg(value order by turn) as part from unnest(bytea_1) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(bytea_1) / 1) + 1 group by 1) as parts), (select array_agg(value order by turn) from unnest(t0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = item), floats from pg_temp._cerebro_staged_1 join (select batch, places::bigint[] as places from unnest($1::bigint[], $2::text[]) as parts (batch, places)) as parts using (batch);

-- update: $1 = [1099511627776], $2 = ["{2}"]
update pg_temp._cerebro_staged_1 as own set (rows, taken, text_0, bytea_0, bytea_1, t0, floats) = row (cardinality(places), places, (select array_agg(part order by number) from (select (item - 1) / (cardinality(text_0) / 1) as number, array_agg(value order by turn) as part from unnest(text_0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(text_0) / 1) + 1 group by 1) as parts), (select array_agg(part order by number) from (select (item - 1) / (cardinality(bytea_0) / 1) as number, array_agg(value order by turn) as part from unnest(bytea_0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(bytea_0) / 1) + 1 group by 1) as parts), (select array_agg(part order by number) from (select (item - 1) / (cardinality(bytea_1) / 1) as number, array_agg(value order by turn) as part from unnest(bytea_1) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = (item - 1) % (cardinality(bytea_1) / 1) + 1 group by 1) as parts), (select array_agg(value order by turn) from unnest(t0) with ordinality as items (value, item) join unnest(places) with ordinality as picked (place, turn) on place = item), floats) from (select batch, places::bigint[] as places from unnest($1::bigint[], $2::text[]) as parts (batch, places)) as parts where parts.batch = own.batch;

-- == of the features: what each is, then batch by batch

-- with: $1 = 2, $2 = 1000
with counted as (
    select number, value, count(*) as rows
    from (select first + place % rows as position, place / rows as number, value from (select first, rows, generate_series(0, rows * 1 - 1) as place, unnest(own) as value from (select (sum(rows) over (order by batch) - rows)::bigint as first, rows, text_0 as own from pg_temp._cerebro_staged_1) as batches) as placed) as own_columns
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

-- select
select rows, taken, floats as r0, bytea_0 as r1, bytea_1 as r2 from pg_temp._cerebro_staged_1 where batch < 2199023255552 order by batch;
