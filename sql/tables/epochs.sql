create table cerebro._epochs (
    run bigint not null@references_runs@,
    config int not null,
    epoch int not null,
    training jsonb not null,
    validation jsonb,
    value float8,
    seconds float8 not null,
    finished timestamptz not null default pg_catalog.clock_timestamp(),
    -- Its place in the order in which the search was told, as _decisions counts; NULL in older runs.
    told int,
    -- Of several folds: the metrics of each, of which the others are means, and by how much the run's
    -- own differs among them.
    folds jsonb,
    deviation float8,
    primary key (run, config, epoch)
)@distributed_by_config@;

select pg_catalog.pg_extension_config_dump('cerebro._epochs', '');

comment on table cerebro._epochs is
    'Metrics of each configuration after each epoch';
