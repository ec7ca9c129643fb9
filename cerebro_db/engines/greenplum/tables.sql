-- create_chunks: home leads to the segment; the validation rows have a copy on every segment
create table {table} (
    home int not null,
    validation boolean not null,
    "partition" int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (home, validation, "partition", seq)
)
distributed by (home);

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes
from {chunks}
group by validation, "partition", gp_segment_id, home;

-- create_states: home leads to the segment where the configuration goes next; inserts only
create table {table} (
    home int not null,
    config int not null,
    step int not null,
    state bytea not null,
    primary key (home, config, step)
)
distributed by (home);
