-- What searches may use of the machine. A row of NULLs, or none, is the defaults.
create table cerebro.settings (
    workers int check (workers > 0),
    workers_per_run int check (workers_per_run > 0),
    workers_per_role int check (workers_per_role > 0),
    threads int check (threads > 0),
    cache_mb int check (cache_mb >= 0),
    state_mb bigint check (state_mb > 0),
    run_time interval check (run_time > '0'),
    when_full text check (when_full in ('wait', 'refuse')),
    idle_time interval check (idle_time > '0'),
    step_mb int check (step_mb > 0),
    step_gflop int check (step_gflop > 0),
    only_row boolean primary key default true check (only_row),
    warm int check (warm >= 0)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro.settings', '');

comment on table cerebro.settings is
    'What searches may use of the machine, for the administrator to state: one row, where NULL is the default';
comment on column cerebro.settings.workers is
    'Worker sessions of all searches together; default: as many as memory holds, at 2 GB each';
comment on column cerebro.settings.workers_per_run is
    'Worker sessions of one search; default: no bound of its own';
comment on column cerebro.settings.workers_per_role is
    'Worker sessions of all searches of one role; default: no bound of its own';
comment on column cerebro.settings.threads is
    'Threads of the framework in each worker; default: 1,024';
comment on column cerebro.settings.cache_mb is
    'Megabytes of packed rows that each worker may hold in memory; default: 1,048,576';
comment on column cerebro.settings.state_mb is
    'Megabytes of states that the configurations of one search may have together; default: no bound';
comment on column cerebro.settings.run_time is
    'How long one search may train before it is stopped; it can be resumed. Default: no bound';
comment on column cerebro.settings.when_full is
    'Whether a search that finds no free workers waits its turn, the default, or is refused';
comment on column cerebro.settings.idle_time is
    'How long a worker session that a caller keeps warm may idle before it is closed; default: 5 minutes';
comment on column cerebro.settings.step_mb is
    'Megabytes that one step on a mini-batch may take, by estimate, weights and optimizer included; default: 4,096';
comment on column cerebro.settings.step_gflop is
    'Operations of a matrix product that take as long as one step on a mini-batch, or another call of the framework, may, by estimate, in 10^9; default: 1,000';
comment on column cerebro.settings.only_row is
    'Holds the table to one row';
comment on column cerebro.settings.warm is
    'Worker sessions that each cerebro-db worker keeps ready for the searches of all sessions; default: none';
