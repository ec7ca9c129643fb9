-- The role that every session of ours runs as, workers and control: it owns what they write, and has no
-- right beyond. A role is the server's and not an extension's, so it may be there already, of another
-- database, and DROP EXTENSION leaves it. See ownership.sql for what it may not be.
do $do$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'cerebro_worker') then
        create role cerebro_worker nologin nosuperuser nocreatedb nocreaterole noreplication;
        comment on role cerebro_worker is 'cerebro_db: what its workers run as, in all databases';
    end if;
end
$do$;
