-- States that runs of 0.1.0 have left behind, which nothing goes on from: tables and optimizers name
-- their parts otherwise now. When such a run is resumed, it begins anew.
do $do$
declare
    states record;
begin
    for states in
        select c.oid::pg_catalog.regclass as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'cerebro' and c.relkind = 'r' and c.relname ~ '^_states_\d+_\d+$'
    loop
        execute pg_catalog.format('drop table %s', states.name);
    end loop;
end
$do$;
