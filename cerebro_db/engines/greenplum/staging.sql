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

-- counts: rows of each range, from which follows where it begins
select category, bucket, count(*) as rows from {table} group by category, bucket;

-- ordered: a row's position is where its range begins, and its rank there: no row leaves its segment
select
    ({offsets}::bigint[])[1 + category * {buckets} + bucket]
        + row_number() over (partition by home, category order by hash, content, occurrence) - 1
        as position,
    validation, home, {names}
from {table}
