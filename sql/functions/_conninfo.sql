-- SECURITY DEFINER because the connection is the administrator's to see and to set, and yet whoever
-- may train must be able to connect by it.
create function cerebro._conninfo()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $sql$
    select conninfo from cerebro.connection
$sql$;

comment on function cerebro._conninfo() is
    'How workers connect';
