-- == of the labels

-- select: $1 = 1000, $2 = 200
select value::pg_catalog.text collate pg_catalog."C" as label, count(*) filter (where position >= $2) as training, count(*) over () as "distinct" from (select first + place % rows as position, place / rows as number, value from (select first, rows, generate_series(0, rows * 1 - 1) as place, unnest(own) as value from (select (sum(rows) over (order by batch) - rows)::bigint as first, rows, t0 as own from pg_temp._cerebro_staged_1) as batches) as placed) as own_columns where position < $1 group by 1 limit 10000;

-- == of the features: what each is, then batch by batch

-- with: $1 = 200, $2 = 1000
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
    ) as frequent
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
select rows, floats as r0, bytea_0 as r1, bytea_1 as r2 from pg_temp._cerebro_staged_1 where batch < 2199023255552 order by batch;
