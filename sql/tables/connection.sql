-- How the backend of a caller reaches the server for its workers. A table and not a setting, since any
-- role may SET a setting, and whoever decides the connection decides where training happens.
create table cerebro.connection (
    conninfo text not null,
    only_row boolean primary key default true check (only_row)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro.connection', '');

comment on table cerebro.connection is
    'How workers connect, for the administrator to state; while it is empty, over the server''s own local socket';
comment on column cerebro.connection.conninfo is
    'libpq connection string that overrides parts of: local socket, this port, this database, the server''s first superuser. Put passwords into a passfile or service, never here';
comment on column cerebro.connection.only_row is
    'Holds the table to one row';
