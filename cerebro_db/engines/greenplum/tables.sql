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

-- store_chunks: dense numbers, which pglz would spend seconds on in vain
alter table {table} alter column payload set storage external;

-- comment_chunks: every object has one
comment on table {table} is {comment};

-- partitions: a worker that holds so many chunks holds the partition
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes
from {chunks}
group by validation, "partition", gp_segment_id, home;

-- drop_table: gives the space back at once
drop table if exists {table};

-- create_states: home leads to the segment where the configuration goes next; inserts only
create table {table} (
    home int not null,
    config int not null,
    step int not null,
    state bytea not null,
    primary key (home, config, step)
)
distributed by (home);

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
