-- pack: in the caller's session, whose rows no other session sees: rows are encoded on the segments,
-- and the chunks left there in files (cerebro._pack_batch)
select sum(bytes)::bigint as bytes
from (
    select cerebro._pack_batch(
        {token}, {encoding}, {reading}, extent, seq::int, count(*)::int, {record}
    ) as bytes
    from (
        select *, (position - ({starts}::bigint[])[1 + extent]) / {rows} as seq
        from (
            select *, {extent} as extent
            from {table}
            where position < {stop}
        ) as with_extent
    ) as with_seq
    group by extent, seq
) as packed;

-- take: in the control session, which commits them: each segment reads its own files, and a chunk
-- goes to the segments of its partition, packed
insert into {chunks} (home, validation, "partition", seq, rows, payload)
select place.home, place.validation, place.number, chunk.seq, chunk.rows, chunk.payload
from cerebro._take_chunks({token}) as chunk
join unnest(
    {extents}::int[], {homes}::int[], {validations}::boolean[], {partitions}::int[]
) as place (extent, home, validation, number) on place.extent = chunk.extent;

-- arrived: rows of each partition on each of its segments
select home, validation, "partition" as number, sum(rows)::bigint as rows
from {chunks}
group by home, validation, "partition";

-- discard: what was not taken
select count(*) from cerebro._discard_chunks({token});
