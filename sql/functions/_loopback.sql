-- SECURITY DEFINER because where the server listens and how the administrator wants workers to connect
-- is not everybody's to read, and yet whoever may train must be able to connect so. The first
-- superuser has the name of the server's operating system user wherever peer authentication is in
-- force, and exists wherever it is not. A server without a socket is reached at its first address; where
-- it has none either, host is null. A service says more than its name: nothing overrides it but
-- what the administrator has stated beside it, and the database.
--
-- The lock on the table is given back at once, by undoing what took it. A caller that kept it for the
-- hours of a search would have DROP EXTENSION wait for the search, and the search, in its other
-- sessions, for DROP EXTENSION: for ever, since no server sees that the caller waits for these.
create function cerebro._loopback(
    out service text,
    out passfile text,
    out host text,
    out port text,
    out "user" text,
    out dbname text,
    out installation oid
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
-- Greenplum tells the caller of statistics that the table of one row lacks after an update.
set client_min_messages = warning
as $plpgsql$
declare
    address text := trim(split_part(current_setting('listen_addresses'), ',', 1));
begin
    -- Nobody connects to all addresses.
    address := case
        when address in ('*', '0.0.0.0') then '127.0.0.1'
        when address = '::' then '::1'
        else address
    end;
    dbname := current_database();
    installation := (select oid from pg_extension where extname = 'cerebro_db');
    begin
        select c.service, c.passfile, c.host, c.port::text, c.username
        into service, passfile, host, port, "user"
        from cerebro.connection c;
        raise exception using errcode = 'CB000', message = 'undo';
    exception
        when sqlstate 'CB000' then
            null;
    end;
    if service is null then
        host := coalesce(
            host,
            nullif(trim(split_part(current_setting('unix_socket_directories'), ',', 1)), ''),
            nullif(address, '')
        );
        port := coalesce(port, current_setting('port'));
        "user" := coalesce("user", (select rolname from pg_roles where oid = 10));
    end if;
end
$plpgsql$;

comment on function cerebro._loopback() is
    'How workers connect: as the administrator has stated it, and the defaults for what is left open';
