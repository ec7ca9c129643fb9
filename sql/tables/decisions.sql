-- What a run's search has decided, each committed before its effects: so another planner follows the
-- same way, and a person sees why. seq counts on with what the search was told, in _epochs.
create table cerebro._decisions (
    run bigint not null@references_runs@,
    seq int not null,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    -- NULL: it is about the run as a whole.
    config int,
    what text not null,
    epoch int,
    parent int,
    why text not null,
    primary key (run, seq)
)@distributed_by_run@;

select pg_catalog.pg_extension_config_dump('cerebro._decisions', '');

comment on table cerebro._decisions is
    'What the search of each run has decided, and why';
