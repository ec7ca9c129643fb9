-- The rights themselves say who is an administrator: whoever may give levels. False for a role that
-- is not there. Not in SQL, like those that call it: a session would plan it anew in each statement.
create function cerebro._admin(role text)
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    return coalesce(
        (
            select pg_catalog.has_function_privilege(
                m.oid, 'cerebro._set_level(pg_catalog.text, pg_catalog.text)', 'execute'
            )
            from pg_catalog.pg_roles m
            where m.rolname operator(pg_catalog.=) role::pg_catalog.name
        ),
        false
    );
end
$plpgsql$;

comment on function cerebro._admin(text) is
    'Whether a role has level admin: acts as the owner of everything';
