-- Nothing for PUBLIC. Driven by the catalog, so that no function is missed; tables and views grant
-- nothing to PUBLIC by default.
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

-- Where a script of an extension grants or revokes, the server takes note of all rights on the object
-- as initial ones, which pg_dump leaves out. In an update users' rights are among them: these are taken
-- off the note, which keeps the owner's and the worker's. Greenplum 6 takes no notes.
do $do$
begin
    if pg_catalog.to_regclass('pg_catalog.pg_init_privs') is not null then
        update pg_catalog.pg_init_privs i
        set initprivs = array(
            select held
            from pg_catalog.unnest(i.initprivs) held
            where exists (
                select 1
                from pg_catalog.aclexplode(array[held]) a
                left join pg_catalog.pg_roles r on r.oid = a.grantee
                where a.grantee = a.grantor or r.rolname = 'cerebro_worker'
            )
        )
        from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            and d.deptype = 'e'
            and e.extname = 'cerebro_db'
            and d.classid = i.classoid
            and d.objid = i.objoid;
    end if;
end
$do$;
