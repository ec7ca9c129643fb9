-- status is what the planner last wrote; whether a planner is still alive shows in the advisory lock
-- that it holds for the run (see cerebro.runs).
create table cerebro._runs (
    id bigserial primary key,
    name text not null unique,
    owner text not null,
    dataset bigint not null@references_datasets@,
    -- Whether this run prepared the dataset for itself, so that it goes when the run goes.
    prepared boolean not null,
    metric text not null,
    higher_is_better boolean not null,
    model jsonb not null,
    space jsonb not null,
    search jsonb not null,
    epochs int not null,
    workers int not null,
    seed bigint not null,
    options jsonb not null,
    status text not null default 'running'
        check (status in ('running', 'finished', 'cancelled', 'failed')),
    error text,
    started timestamptz not null default pg_catalog.clock_timestamp(),
    finished timestamptz
)@replicated@;

create index _runs_dataset on cerebro._runs (dataset);

select pg_catalog.pg_extension_config_dump('cerebro._runs', '');
select pg_catalog.pg_extension_config_dump('cerebro._runs_id_seq', '');

comment on table cerebro._runs is
    'Searches: what was asked for, and how they ended';
comment on sequence cerebro._runs_id_seq is
    'Numbers runs';
comment on index cerebro._runs_dataset is
    'Finds the runs of a dataset';
