create table cerebro._kept_states (
    run bigint not null@references_runs@,
    config int not null,
    -- 1 serves predictions; NULL: for the configuration to go on from, or not decided yet.
    rank int,
    state bytea not null,
    -- How many units have led to it.
    units int not null,
    -- Of which network of the configuration it is the state; 0 where it has one alone, and for its refit.
    fold int not null default 0,
    primary key (run, config, fold, units)
)@replicated@;

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._kept_states alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._kept_states', '');

comment on table cerebro._kept_states is
    'States that outlive their epoch: of the best configurations of a run, which predictions are made with, and those that configurations can go on from';
