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

-- create_keys: one row a chunk
create table {table} (
    validation boolean not null,
    "partition" int not null,
    seq int not null,
    keys text[] not null,
    primary key (validation, "partition", seq)
)
distributed by (seq);

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from {chunks}
group by validation, "partition", gp_segment_id, home;

-- create_states: home leads to the segment where the network goes next; inserts only
create {kind} {table} (
    home int not null,
    config int not null,
    fold int not null default 0,
    step int not null,
    state bytea not null,
    primary key (home, config, fold, step)
)
distributed by (home);

-- wake_state: a kept one, which may be there still, on the segment where it goes next
insert into {states} (home, config, fold, step, state)
select {home}, k.config, k.fold, $4::int, k.state
from cerebro._kept_states k
where
    k.run = $1::bigint and k.config = $2::int and k.fold = $3::int and k.units = $5::int
    and not exists (
        select 1 from {states} s
        where s.home = {home} and s.config = $2::int and s.fold = $3::int and s.step = $4::int
    );

-- copy_state: a clone's, which a planner before ours may have copied; it walks as its parent
insert into {states} (home, config, fold, step, state)
select s.home, $3::int, s.fold, s.step, s.state
from {states} s
where
    s.config = $1::int and s.fold = $2::int and s.step = $4::int
    and not exists (
        select 1 from {states} c
        where c.config = $3::int and c.fold = $2::int and c.step = $4::int
    );
