create table cerebro._configs (
    run bigint not null@references_runs@,
    config int not null,
    params jsonb not null,
    spec jsonb not null,
    status text not null default 'waiting'
        constraint _configs_status_check
        check (
            status in (
                'waiting', 'running', 'paused', 'resting', 'finished', 'stopped', 'diverged', 'failed'
            )
        ),
    error text,
    -- Who proposed it: the run's search, a person's cerebro_add, or cerebro_clone.
    origin text not null default 'search'
        constraint _configs_origin_check check (origin in ('search', 'added', 'clone')),
    -- A clone: whose state it starts from, if any, whose way over the partitions it walks, and after
    -- how many units of its parent's; NULL until it has taken the state over.
    parent int,
    walk int,
    start_units int default 0,
    -- What people want of it while the run goes on.
    wanted text not null default 'train'
        constraint _configs_wanted_check check (wanted in ('train', 'rest')),
    -- What spec leaves out, in _specs; NULL: nothing.
    common text,
    -- Its budget, after which it is through; NULL: the run's epochs.
    epochs int,
    -- After how many of them it waits for the search's decision; NULL: its budget.
    until int,
    -- Where it stands in the search's own order.
    bracket int,
    rung int,
    -- Why the search had it stopped, or paused, or go on, the last time.
    reason text,
    -- How many epochs its refit on all rows is to train, where there are folds; NULL: it has none.
    refit int,
    primary key (run, config)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._configs', '');

comment on table cerebro._configs is
    'Configurations of a run: the values that the search chose, and all that a worker needs to know';
