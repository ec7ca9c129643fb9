create function cerebro._uses(role text, owner text, shared_with text[])
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    if cerebro._owns(role, owner) then
        return true;
    end if;
    return exists (
        select 1
        from pg_catalog.pg_roles m
        join pg_catalog.pg_roles s
            on s.rolname operator(pg_catalog.=) any (shared_with::pg_catalog.name[])
        where m.rolname operator(pg_catalog.=) role::pg_catalog.name
            and pg_catalog.pg_has_role(m.oid, s.oid, 'usage')
    );
end
$plpgsql$;

comment on function cerebro._uses(text, text, text[]) is
    'Whether a role may see and use what belongs to an owner who shares it with these roles';
