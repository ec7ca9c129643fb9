-- A view that is replaced keeps its columns and gets new ones at its end. What was built after the
-- release, for Greenplum as well, has some in the midst: see successors.sql.
do $do$
declare
    view record;
begin
    for view in
        select c.relname as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid
        where n.nspname = 'cerebro'
            and (c.relname, a.attname, a.attnum) in (
                ('hops', 'segment', 7), ('_serving', 'installation', 5)
            )
    loop
        execute pg_catalog.format(
            'alter view cerebro.%I rename to %I', view.name, view.name || '_before'
        );
    end loop;
end
$do$;
