-- create_chunks: one table a dataset; home and segment exist where there are several segments
create table {table} (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- write_chunk: packed rows of one partition
insert into {chunks} (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes
from {chunks}
group by validation, partition;

-- create_states: one table an epoch of a run, filled by inserts, dropped whole
-- Each state stands with what else the unit came to that left it.
create table {table} (
    config int not null,
    step int not null,
    state bytea not null,
    rows bigint not null,
    training jsonb not null,
    validation jsonb,
    segment int not null,
    started timestamptz not null,
    finished timestamptz not null,
    primary key (config, step)
);
