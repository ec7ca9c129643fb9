-- For this script and those of updates, and for whoever has restored a dump without its owners. What
-- workers do not write is kept back: an owner could put into a view or a trigger what then runs with
-- the rights of those who read or write there.
create function cerebro._hand_over()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    kept_back constant text[] := array['connection', 'settings', '_audit', '_code'];
    written record;
begin
    alter schema cerebro owner to cerebro_worker;
    alter schema cerebro_data owner to cerebro_worker;
    for written in
        select c.oid::pg_catalog.regclass as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('cerebro', 'cerebro_data')
            and c.relkind = 'r'
            and c.relname <> all (kept_back)
            and c.relowner <> n.nspowner
    loop
        -- Sequences go with the tables whose columns they number.
        execute pg_catalog.format('alter table %s owner to cerebro_worker', written.name);
    end loop;
end
$plpgsql$;

comment on function cerebro._hand_over() is
    'Make the worker''s role the owner of our schemas and of the tables in them that it writes';
