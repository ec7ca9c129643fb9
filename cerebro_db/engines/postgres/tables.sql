-- create_chunks: one table a dataset; home and segment exist where there are several segments
create table {table} (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- create_keys: one row a chunk
create table {table} (
    validation boolean not null,
    partition int not null,
    seq int not null,
    keys text[] not null,
    primary key (validation, partition, seq)
);

-- write_chunk: packed rows of one partition
insert into {chunks} (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from {chunks}
group by validation, partition;

-- create_states: filled by inserts, dropped whole
-- A state stands with what else the unit came to that left it; one that was woken or copied, alone.
create {kind} {table} (
    config int not null,
    fold int not null default 0,
    step int not null,
    state bytea not null,
    rows bigint,
    training jsonb,
    validation jsonb,
    segment int,
    started timestamptz,
    finished timestamptz,
    primary key (config, fold, step)
);

-- wake_state: a kept one, which may be there still
insert into {states} (config, fold, step, state)
select k.config, k.fold, $4::int, k.state
from cerebro._kept_states k
where
    k.run = $1::bigint and k.config = $2::int and k.fold = $3::int and k.units = $5::int
    and not exists (
        select 1 from {states} s
        where s.config = $2::int and s.fold = $3::int and s.step = $4::int
    );

-- copy_state: a clone's, which a planner before ours may have copied
insert into {states} (config, fold, step, state)
select $3::int, s.fold, s.step, s.state
from {states} s
where
    s.config = $1::int and s.fold = $2::int and s.step = $4::int
    and not exists (
        select 1 from {states} c
        where c.config = $3::int and c.fold = $2::int and c.step = $4::int
    );
