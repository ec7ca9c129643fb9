create table cerebro._configs (
    run bigint not null@references_runs@,
    config int not null,
    params jsonb not null,
    spec jsonb not null,
    status text not null default 'waiting'
        check (status in ('waiting', 'running', 'finished', 'stopped', 'diverged', 'failed')),
    error text,
    primary key (run, config)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._configs', '');

comment on table cerebro._configs is
    'Configurations of a run: the values that the search chose, and all that a worker needs to know';
