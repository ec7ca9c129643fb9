-- What has changed of tables since 0.2.0.

comment on column cerebro.settings.step_gflop is
    'Operations of a matrix product that take as long as one step on a mini-batch, or another call of the framework, may, by estimate, in 10^9; default: 1,000';

comment on column cerebro.connection.host is
    'Host, or folder of the socket; default: the first of unix_socket_directories, else of listen_addresses';

-- What configurations have in common stands once from now on; those that are there have all of it.
alter table cerebro._configs add column common text;

alter table cerebro._runs add column planner text;

alter table cerebro._runs add column description text;

alter table cerebro._runs add column tags text[] not null default '{}';

alter table cerebro._runs add column models jsonb not null default '{}';

alter table cerebro._runs add column caller text;

alter table cerebro.settings add column warm int check (warm >= 0);

comment on column cerebro.settings.warm is
    'Worker sessions that each cerebro-db worker keeps ready for the searches of all sessions; default: none';

-- Configurations have budgets of their own, and the search decides how far they go.
alter table cerebro._configs
    add column epochs int,
    add column until int,
    add column bracket int,
    add column rung int,
    add column reason text,
    add column refit int;

alter table cerebro._configs drop constraint _configs_status_check;
alter table cerebro._configs add constraint _configs_status_check
    check (
        status in (
            'waiting', 'running', 'paused', 'resting', 'finished', 'stopped', 'diverged', 'failed'
        )
    );

update cerebro._configs set status = 'resting' where status = 'stopped' and wanted = 'rest';

alter table cerebro._epochs add column told int;

-- A configuration has a network for each fold.
alter table cerebro._kept_states add column fold int not null default 0;
alter table cerebro._kept_states drop constraint _kept_states_pkey;
alter table cerebro._kept_states add primary key (run, config, fold, units);

alter table cerebro._datasets
    add column folds int not null default 0,
    add column forward boolean not null default false,
    add column hops int,
    add column key text;

alter table cerebro._epochs add column folds jsonb, add column deviation float8;

alter table cerebro._units add column fold int not null default 0;
alter table cerebro._units drop constraint _units_pkey;
alter table cerebro._units add primary key (run, config, fold, epoch, "partition");

comment on table cerebro._kept_states is
    'States that outlive their epoch: of the best configurations of a run, which predictions are made with, and those that configurations can go on from';
