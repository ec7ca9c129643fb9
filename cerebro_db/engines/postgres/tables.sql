-- create_chunks: one table a dataset; home and segment exist where there are several segments
create table {table} (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- store_chunks: dense numbers, which pglz would spend seconds on in vain
alter table {table} alter column payload set storage external;

-- comment_chunks: every object has one
comment on table {table} is {comment};

-- write_chunk: packed rows of one partition
insert into {chunks} (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes
from {chunks}
group by validation, partition;

-- drop_table: gives the space back at once
drop table if exists {table};

-- create_states: one table an epoch of a run, filled by inserts, dropped whole
create table if not exists {table} (
    config int not null,
    step int not null,
    state bytea not null,
    primary key (config, step)
);

-- store_states: weights do not compress
alter table {table} alter column state set storage external;

-- comment_states: every object has one
comment on table {table} is {comment};

-- states_of_run: what a run has left behind, finished or not
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro' and c.relkind = 'r' and c.relname like $1::text;

-- keep_state: the final state of one of the best configurations, for predictions
insert into cerebro._kept_states (run, config, rank, state)
select $1::bigint, s.config, $3::int, s.state
from {states} s
where s.config = $2::int and s.step = $4::int;
