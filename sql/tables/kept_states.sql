create table cerebro._kept_states (
    run bigint not null@references_runs@,
    config int not null,
    -- 1 serves predictions; NULL: of a configuration that rests, for it to go on from.
    rank int,
    state bytea not null,
    -- How many units have led to it.
    units int not null,
    primary key (run, config)
)@replicated@;

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._kept_states alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._kept_states', '');

comment on table cerebro._kept_states is
    'States that outlive their epoch: of the best configurations of a run, which predictions are made with, and of those that rest';
