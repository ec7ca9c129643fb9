-- One row a unit, written by the worker in the transaction that writes the state. The states
-- themselves are in tables cerebro_data._hops_RUN_EPOCH, at the end of an epoch _states_RUN_EPOCH, dropped
-- as soon as no configuration needs them: append-only, no bloat, no lock on a table that others use.
create table cerebro._units (
    run bigint not null@references_runs@,
    config int not null,
    epoch int not null,
    "partition" int not null,
    position int not null,
    worker int not null,
    segment int not null,
    pid int not null,
    rows bigint not null,
    training jsonb not null,
    validation jsonb,
    state_bytes bigint not null,
    started timestamptz not null,
    finished timestamptz not null,
    -- Whose network of its configuration was trained, or measured; 0 where it has one alone, and for its
    -- refit.
    fold int not null default 0,
    primary key (run, config, fold, epoch, "partition")
)@distributed_by_config@;

select pg_catalog.pg_extension_config_dump('cerebro._units', '');

comment on table cerebro._units is
    'Units that are done: which configuration was trained on which partition, when, by which worker';
