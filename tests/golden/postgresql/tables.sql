-- == the chunks of dataset 8, and where its partitions lie

-- create_chunks
create table "cerebro"."_chunks_8" (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- store_chunks
alter table "cerebro"."_chunks_8" alter column payload set storage external;

-- comment_chunks or comment_states
comment on table "cerebro"."_chunks_8" is 'Packed rows of dataset Alice''s rows';

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes
from "cerebro"."_chunks_8"
group by validation, partition;

-- == the states of run 6 in epoch 2

-- create_states
create table "cerebro"."_states_6_2" (
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

-- store_states
alter table "cerebro"."_states_6_2" alter column state set storage external;

-- comment_chunks or comment_states
comment on table "cerebro"."_states_6_2" is 'States of run 6 in epoch 2';

-- == one state is kept

-- keep_state: $1 = 6, $2 = 4, $3 = 1, $4 = 3
insert into cerebro._kept_states (run, config, rank, state)
select $1::bigint, s.config, $3::int, s.state
from "cerebro"."_states_6_2" s
where s.config = $2::int and s.step = $4::int;

-- == the states of an epoch are dropped

-- drop_table
drop table if exists "cerebro"."_states_6_1";

-- == whatever states a run has left behind

-- states_of_run: $1 = '\_states\_6\_%'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro' and c.relkind = 'r' and c.relname like $1::text;

-- drop_table
drop table if exists "cerebro"."_states_6_1";

-- drop_table
drop table if exists "cerebro"."_states_6_2";

-- == a dataset is dropped

-- drop_table
drop table if exists "cerebro"."_chunks_8";
