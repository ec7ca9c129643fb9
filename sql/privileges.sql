-- Nothing for PUBLIC. Driven by the catalog, so that no function is missed; tables and views grant
-- nothing to PUBLIC by default. An update leaves functions alone that it need not touch: to revoke in
-- an extension's script makes all rights of that moment initial ones, which pg_dump leaves out.
do $do$
declare
    member record;
begin
    for member in
        select p.oid::pg_catalog.regprocedure as signature
        from pg_catalog.pg_proc p
        join pg_catalog.pg_depend d
            on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            and d.deptype = 'e'
            and e.extname = 'cerebro_db'
            and pg_catalog.has_function_privilege('public', p.oid, 'execute')
    loop
        execute pg_catalog.format('revoke all on function %s from public', member.signature);
    end loop;
end
$do$;
