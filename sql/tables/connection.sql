-- How the backend of a caller reaches the server for its workers. A table and not a setting, since any
-- role may SET a setting, and whoever decides the connection decides where training happens, and where
-- the server's operating system user knocks: so it is a superuser's alone. There is no column for a
-- password, and none for a connection string, which could hold one.
create table cerebro.connection (
    service text,
    passfile text,
    host text,
    port int,
    username text,
    only_row boolean primary key default true check (only_row)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro.connection', '');

comment on table cerebro.connection is
    'How workers connect, for a superuser to state in one row; NULL, like no row: over the server''s own local socket';
comment on column cerebro.connection.service is
    'Service of the server''s pg_service.conf, which then says what no other column does';
comment on column cerebro.connection.passfile is
    'File with the password, readable by the server''s operating system user alone';
comment on column cerebro.connection.host is
    'Host, or folder of the socket; default: the first of unix_socket_directories, else of listen_addresses';
comment on column cerebro.connection.port is
    'Default: the server''s port';
comment on column cerebro.connection.username is
    'Role that logs in: a superuser, or a member of cerebro_worker; default: the server''s first superuser';
comment on column cerebro.connection.only_row is
    'Holds the table to one row';
