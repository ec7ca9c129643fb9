-- What the end of a run has found out, on its validation rows, of what serves: a row of its ensemble,
-- number 0, and one of each configuration that has a threshold of its own.
create table cerebro._appraisals (
    run bigint not null@references_runs@,
    config int not null,
    -- The run's metric; of configurations, cerebro._epochs has it.
    value float8,
    validation jsonb,
    -- Above which probability a class or label is predicted: a number, or one for each label by name.
    -- NULL: the more probable is.
    threshold jsonb,
    seconds float8 not null,
    primary key (run, config)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._appraisals', '');

comment on table cerebro._appraisals is
    'What the ensemble of each run came to on the validation rows, and the thresholds of what serves';
