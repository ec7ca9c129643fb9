-- Not membership but its use counts: who does not inherit has to SET ROLE first, as for everything
-- else in the server, which knows whether that is an option of the role or of the grant. What a role owned that is gone is the administrators'. The worker's
-- role keeps the books, for whoever it is.
create function cerebro._owns(role text, owner text)
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    if role operator(pg_catalog.=) owner or role operator(pg_catalog.=) 'cerebro_worker' then
        return true;
    end if;
    return coalesce(
        (
            select pg_catalog.pg_has_role(m.oid, o.oid, 'usage')
            from pg_catalog.pg_roles m
            join pg_catalog.pg_roles o on o.rolname operator(pg_catalog.=) owner::pg_catalog.name
            where m.rolname operator(pg_catalog.=) role::pg_catalog.name
        ),
        false
    )
    or cerebro._admin(role);
end
$plpgsql$;

comment on function cerebro._owns(text, text) is
    'Whether a role may do as it likes with what belongs to an owner';
