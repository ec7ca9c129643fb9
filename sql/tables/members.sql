-- What several networks answer together, each by its weight: one row a member. What answers by itself
-- has no row here.
create table cerebro._members (
    run bigint not null@references_runs@,
    -- The number that it answers to: 0 is the run's ensemble.
    config int not null,
    -- The configuration whose kept state it is.
    member int not null,
    weight float8 not null,
    primary key (run, config, member)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._members', '');

comment on table cerebro._members is
    'Members of what predicts as a weighted mean of several configurations of a run, with their weights';
