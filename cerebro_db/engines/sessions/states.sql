-- store_states: weights do not compress
alter table {table} alter column state set storage external;

-- states_of_run: the tables of what a run has left behind, finished or not
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- states_there: after which steps of an epoch each network has a state
select config, fold, step from {states};

-- rank_kept: what is kept already gets another rank
update cerebro._kept_states
set rank = $5::int
where run = $1::bigint and config = $2::int and fold = $3::int and units = $4::int;

-- keep_state: for predictions, or for a network to go on from
insert into cerebro._kept_states (run, config, fold, rank, state, units)
select $1::bigint, s.config, s.fold, $4::int, s.state, $6::int
from {states} s
where s.config = $2::int and s.fold = $3::int and s.step = $5::int;
