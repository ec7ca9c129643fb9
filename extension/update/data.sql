-- Tables of chunks and states have a schema of their own now. They are no members of the extension.
do $do$
declare
    data record;
begin
    for data in
        select c.oid::pg_catalog.regclass as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'cerebro' and c.relkind = 'r' and c.relname ~ '^_(chunks|states|hops)_[0-9]'
    loop
        execute pg_catalog.format('alter table %s set schema cerebro_data', data.name);
    end loop;
end
$do$;
