-- As the rights themselves say it: a role has a level if it may call that level's foremost function,
-- however it came by that. So it shows what a new version has to grant anew.
create view cerebro.grants as
select
    r.@role_key@::pg_catalog.@role_type@ as role,
    (array['predict', 'train', 'admin'])[max(l.number)] as level
from (values (1, 'cerebro_predict'), (2, 'cerebro_fit'), (3, '_set_level')) l (number, foremost)
join pg_catalog.pg_proc p on p.proname = l.foremost
join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
join pg_catalog.pg_extension e
    on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and e.oid = d.refobjid
cross join lateral pg_catalog.aclexplode(p.proacl) a
join pg_catalog.pg_roles r on r.oid = a.grantee
where e.extname = 'cerebro_db' and a.grantee <> p.proowner
group by r.@role_key@;

comment on view cerebro.grants is
    'Roles that were given a level with cerebro_grant; their members have it too';
comment on column cerebro.grants.role is
    'Role that has it';
comment on column cerebro.grants.level is
    'predict, train or admin, each with all rights of those before it';
