-- store_chunks: dense numbers, which pglz would spend seconds on in vain
alter table {table} alter column payload set storage external;

-- comment_chunks: every object has one
comment on table {table} is {comment};

-- drop_table: gives the space back at once
drop table if exists {table};

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
