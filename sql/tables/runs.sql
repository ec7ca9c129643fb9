-- status is what the planner last wrote; whether it is still alive its session tells. A planner keeps
-- all that it would need to know in these tables, so that another can go on where it was.
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
    status text not null default 'queued'
        constraint _runs_status_check
        check (status in ('queued', 'running', 'finished', 'stopped', 'cancelled', 'failed')),
    error text,
    started timestamptz,
    finished timestamptz,
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Whether it is the queue's, which goes on with it when its planner has died.
    submitted boolean not null default false,
    -- How many planners have taken it up.
    attempts int not null default 0,
    -- What it waits for, in words, while it waits its turn.
    queued_behind text,
    -- What people want of it while it runs. Its planner looks at orders, which each change counts up.
    wanted text not null default 'run'
        constraint _runs_wanted_check check (wanted in ('run', 'stop', 'cancel')),
    orders int not null default 0,
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}',
    -- The registered code of its configurations, each as name@ and the beginning of the sha256.
    code text[] not null default '{}',
    -- The session that drives it, as cerebro._sessions names it. It counts while that session lives.
    planner text,
    -- What its owner says of it, and finds it by.
    description text,
    tags text[] not null default '{}',
    -- The registered architectures that its configurations may be of, by name, as they were then.
    models jsonb not null default '{}',
    -- The session of a caller that waits for it, as cerebro._sessions names it, while that one lives.
    caller text
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
