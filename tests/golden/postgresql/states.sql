-- == the states of run 6 in epoch 3

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- begin
begin;

-- create_states
create table "cerebro_data"."_states_6_3" (
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

-- store_states
alter table "cerebro_data"."_states_6_3" alter column state set storage external;

-- comment_table
comment on table "cerebro_data"."_states_6_3" is 'States of run 6 at the end of epoch 3';

-- create_states
create table "cerebro_data"."_hops_6_3" (
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

-- store_states
alter table "cerebro_data"."_hops_6_3" alter column state set storage external;

-- comment_table
comment on table "cerebro_data"."_hops_6_3" is 'States of run 6 in epoch 3';

-- commit
commit;

-- == the same where states inside of epochs may be lost

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- begin
begin;

-- create_states
create table "cerebro_data"."_states_6_3" (
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

-- store_states
alter table "cerebro_data"."_states_6_3" alter column state set storage external;

-- comment_table
comment on table "cerebro_data"."_states_6_3" is 'States of run 6 at the end of epoch 3';

-- create_states
create unlogged table "cerebro_data"."_hops_6_3" (
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

-- store_states
alter table "cerebro_data"."_hops_6_3" alter column state set storage external;

-- comment_table
comment on table "cerebro_data"."_hops_6_3" is 'States of run 6 in epoch 3';

-- commit
commit;

-- == nothing where they are there

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- begin
begin;

-- commit
commit;

-- == which states there are

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- states_there
select config, fold, step from "cerebro_data"."_states_6_1";

-- states_there
select config, fold, step from "cerebro_data"."_states_6_2";

-- states_there
select config, fold, step from "cerebro_data"."_hops_6_2";

-- == the state after 5 units is kept as the best, in the place of another

-- begin
begin;

-- kept: $1 = 6
select config, fold, rank, units from cerebro._kept_states where run = $1::bigint
order by config, fold, units;

-- keep_state: $1 = 6, $2 = 4, $3 = 0, $4 = 1, $5 = 2, $6 = 5
insert into cerebro._kept_states (run, config, fold, rank, state, units)
select $1::bigint, s.config, s.fold, $4::int, s.state, $6::int
from "cerebro_data"."_hops_6_2" s
where s.config = $2::int and s.fold = $3::int and s.step = $5::int;

-- commit
commit;

-- == of a configuration that rests, from inside of an epoch

-- begin
begin;

-- kept: $1 = 6
select config, fold, rank, units from cerebro._kept_states where run = $1::bigint
order by config, fold, units;

-- keep_state: $1 = 6, $2 = 4, $3 = 0, $4 = null, $5 = 2, $6 = 5
insert into cerebro._kept_states (run, config, fold, rank, state, units)
select $1::bigint, s.config, s.fold, $4::int, s.state, $6::int
from "cerebro_data"."_hops_6_2" s
where s.config = $2::int and s.fold = $3::int and s.step = $5::int;

-- commit
commit;

-- == one that is kept already is the second best now

-- begin
begin;

-- kept: $1 = 6
select config, fold, rank, units from cerebro._kept_states where run = $1::bigint
order by config, fold, units;

-- rank_kept: $1 = 6, $2 = 4, $3 = 0, $4 = 6, $5 = 2
update cerebro._kept_states
set rank = $5::int
where run = $1::bigint and config = $2::int and fold = $3::int and units = $4::int;

-- commit
commit;

-- == one is woken, to go on to partition 1

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, partition;

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- begin
begin;

-- commit
commit;

-- wake_state: $1 = 6, $2 = 4, $3 = 0, $4 = 2, $5 = 5
insert into "cerebro_data"."_hops_6_2" (config, fold, step, state)
select k.config, k.fold, $4::int, k.state
from cerebro._kept_states k
where
    k.run = $1::bigint and k.config = $2::int and k.fold = $3::int and k.units = $5::int
    and not exists (
        select 1 from "cerebro_data"."_hops_6_2" s
        where s.config = $2::int and s.fold = $3::int and s.step = $4::int
    );

-- == configuration 9 is a clone of 4

-- copy_state: $1 = 4, $2 = 0, $3 = 9, $4 = 2
insert into "cerebro_data"."_hops_6_2" (config, fold, step, state)
select $3::int, s.fold, s.step, s.state
from "cerebro_data"."_hops_6_2" s
where
    s.config = $1::int and s.fold = $2::int and s.step = $4::int
    and not exists (
        select 1 from "cerebro_data"."_hops_6_2" c
        where c.config = $3::int and c.fold = $2::int and c.step = $4::int
    );

-- == the states of an epoch are dropped

-- drop_table
drop table if exists "cerebro_data"."_states_6_2";

-- drop_table
drop table if exists "cerebro_data"."_hops_6_2";

-- == whatever states a run has left behind

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- drop_table
drop table if exists "cerebro_data"."_states_6_1";

-- drop_table
drop table if exists "cerebro_data"."_states_6_2";

-- drop_table
drop table if exists "cerebro_data"."_hops_6_2";
