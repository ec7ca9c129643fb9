-- A role that is gone has no members; what it owned is then the superusers'.
create function cerebro._member(role text, owner text)
returns boolean
language sql
stable
as $sql$
    select coalesce(
        (
            select pg_catalog.pg_has_role(m.oid, o.oid, 'member')
            from pg_catalog.pg_roles m
            join pg_catalog.pg_roles o on o.rolname operator(pg_catalog.=) owner
            where m.rolname operator(pg_catalog.=) role
        ),
        (select rolsuper from pg_catalog.pg_roles where rolname operator(pg_catalog.=) role),
        false
    )
$sql$;

comment on function cerebro._member(text, text) is
    'Whether a role may use what belongs to an owner';
