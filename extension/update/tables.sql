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
