-- SECURITY DEFINER because where the server listens and how the administrator wants workers to connect
-- is not everybody's to read, and yet whoever may train must be able to connect so. The first
-- superuser has the name of the server's operating system user wherever peer authentication is in
-- force, and exists wherever it is not.
create function cerebro._loopback(
    out host text,
    out port text,
    out dbname text,
    out "user" text,
    out conninfo text,
    out installation oid
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $sql$
    select
        trim(split_part(current_setting('unix_socket_directories'), ',', 1)),
        current_setting('port'),
        current_database()::text,
        (select rolname::text from pg_roles where oid = 10),
        coalesce((select conninfo from cerebro.connection), ''),
        (select oid from pg_extension where extname = 'cerebro_db')
$sql$;

comment on function cerebro._loopback() is
    'How workers connect: the defaults, and the administrator''s connection string that overrides them';
