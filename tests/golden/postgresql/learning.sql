-- == of the labels

-- select: $1 = 1000, $2 = 200
select value::pg_catalog.text as label, count(*) filter (where position >= $2) as training, count(*) over () as "distinct" from (select first + generate_subscripts(own, 1) - 1 as position, unnest(own) as value from (select (sum(rows) over (order by batch) - rows)::bigint as first, t0 as own from pg_temp._cerebro_staged_1) as batches) as own_column where position < $1 group by 1 limit 10000;

-- == of the features: what each is, then batch by batch

-- with: $1 = 200, $2 = 1000
with counted as (
    select value::pg_catalog.text as value, count(*) as rows
    from (select first + generate_subscripts(own, 1) - 1 as position, unnest(own) as value from (select (sum(rows) over (order by batch) - rows)::bigint as first, f2 as own from pg_temp._cerebro_staged_1) as batches) as own_column
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
select max(d4) as dimensions from pg_temp._cerebro_staged_1;

-- select
select rows, floats as r0, f4 as r1, f5 as r2 from pg_temp._cerebro_staged_1 where batch < 2199023255552 order by batch;
