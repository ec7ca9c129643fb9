-- What could not be replaced was put aside, under its name with _before, and made anew by now. Who had
-- rights on it is given them on what came in its place; then it goes.
do $do$
declare
    old record;
    held record;
begin
    for old in
        with ours as (
            select
                'function' as kind,
                'function' as granted_as,
                p.oid,
                p.oid::pg_catalog.regprocedure::text as signature,
                p.proname::text as name,
                p.proowner as owner,
                p.proacl as acl
            from pg_catalog.pg_proc p
            join pg_catalog.pg_depend d
                on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
                and d.deptype = 'e'
            join pg_catalog.pg_extension e
                on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                and e.oid = d.refobjid and e.extname = 'cerebro_db'
            union all
            select
                'view',
                'table',
                c.oid,
                c.oid::pg_catalog.regclass::text,
                c.relname::text,
                c.relowner,
                c.relacl
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = 'cerebro'
            where c.relkind = 'v'
        )
        select o.*, s.signature as successors_signature
        from ours o
        join ours s on s.kind = o.kind and s.name || '_before' = o.name
    loop
        for held in
            select
                a.privilege_type as privilege,
                coalesce(pg_catalog.quote_ident(r.rolname), 'public') as role,
                case when a.is_grantable then ' with grant option' else '' end as option
            from pg_catalog.aclexplode(old.acl) a
            left join pg_catalog.pg_roles r on r.oid = a.grantee
            where a.grantee <> old.owner
        loop
            execute pg_catalog.format(
                'grant %s on %s %s to %s%s',
                held.privilege,
                old.granted_as,
                old.successors_signature,
                held.role,
                held.option
            );
        end loop;
        execute pg_catalog.format('drop %s %s', old.kind, old.signature);
    end loop;
end
$do$;
