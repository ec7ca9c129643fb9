-- create: in the caller's session; home is a value that leads to the row's segment
create temporary table {table} as
{rows}
with no data
distributed by (home);

-- fill: see create
insert into {table}
{rows};

-- hashed: a row's content as a number. Alike rows are told apart by how many there are before them;
-- which is which does not matter, so the order is a function of the rows alone, not of where they lay
select
    hashint8((hashint8(content)::bigint << 31) # (occurrence # {mask})) as hash, *
from (
    select *, row_number() over (partition by content) as occurrence
    from (
        select
            *,
            ('x' || substr(md5(record_send(row(stored.*))), 1, 16))::bit(64)::bigint as content
        from (
            select {columns}, validation from ({source}) as source_rows
        ) as stored
    ) as with_content
) as numbered

-- placed: the range of hashes is cut into one bucket a segment. First come the validation rows, then
-- those for training, last those without a label
select
    {category} as category,
    ((hash::bigint + 2147483648) * {buckets} >> 32)::int as bucket,
    ({homes}::int[])[1 + ((hash::bigint + 2147483648) * {buckets} >> 32)::int] as home,
    *
from ({hashed}) as hashed

-- labels: rows of each label on each segment, in the order of positions
select {label} as label, home, count(*) as rows, min(position) as first
from {table}
where position < {rows}
group by 1, 2
order by 4;

-- split: positions anew, so that the first rows of each label are those for validation. A row's side
-- is 0 for validation, 1 for training, 2 for no label; no row leaves its segment
select
    case
        when side = 2 then position
        else first + row_number() over (partition by home, side order by position) - 1
    end as position,
    validation, home, {names}
from (
    select
        ranked.*,
        case when position >= {rows} then 2 when rank <= coalesce(held, 0) then 0 else 1 end as side
    from (
        select *, row_number() over (partition by home, label order by position) as rank
        from (select *, {label} as label from {table}) as labelled
    ) as ranked
    left join (
        select
            unnest({labels}::text[]) as label,
            unnest({homes}::int[]) as home,
            unnest({held}::bigint[]) as held
    ) as shares using (label, home)
) as sided
left join (
    select
        unnest({all_homes}::int[]) as home,
        unnest({sides}::int[]) as side,
        unnest({firsts}::bigint[]) as first
) as begins using (home, side)

-- counts: rows of each range, from which follows where it begins
select category, bucket, count(*) as rows from {table} group by category, bucket;

-- ordered: a row's position is where its range begins, and its rank there: no row leaves its segment
select
    ({offsets}::bigint[])[1 + category * {buckets} + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, {names}
from {table}
