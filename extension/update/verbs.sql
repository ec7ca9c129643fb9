-- A verb that returns rows is in SQL now, around a function in Python of its own name: who was granted
-- the one is given the other.
do $do$
declare
    held record;
begin
    for held in
        select
            beneath.oid::pg_catalog.regprocedure as signature,
            r.rolname as role,
            case when a.is_grantable then ' with grant option' else '' end as option
        from pg_catalog.pg_proc verb
        join pg_catalog.pg_extension e
            on e.extname = 'cerebro_db' and e.extnamespace = verb.pronamespace
        join pg_catalog.pg_proc beneath on 'cerebro' || beneath.proname = verb.proname
        join pg_catalog.pg_namespace n on n.oid = beneath.pronamespace and n.nspname = 'cerebro'
        cross join lateral pg_catalog.aclexplode(verb.proacl) a
        join pg_catalog.pg_roles r on r.oid = a.grantee
        where beneath.proname in ('_prepare', '_fit', '_resume')
            and a.grantee <> verb.proowner
    loop
        execute pg_catalog.format(
            'grant execute on function %s to %I%s', held.signature, held.role, held.option
        );
    end loop;
end
$do$;
