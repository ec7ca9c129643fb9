-- SECURITY DEFINER because whoever could write the table itself could name another author, or change
-- what was registered. It takes effect when the caller's transaction does, as a GRANT would.
create function cerebro._store_code(
    name text,
    kind text,
    source text,
    sha256 text,
    arguments text,
    higher_is_better boolean
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    -- The role that called is not to be known here: of it, what SET ROLE has made of the login.
    author constant text := case
        when pg_catalog.current_setting('role') = 'none' then session_user::text
        else pg_catalog.current_setting('role')
    end;
begin
    -- One version of a name is the current one: administrators register one after the other.
    lock table cerebro._code in share row exclusive mode;
    update cerebro._code c
    set current = false
    where c.name = _store_code.name and c.current;
    delete from cerebro._code c
    where c.name = _store_code.name and c.sha256 = _store_code.sha256;
    insert into cerebro._code (
        name, sha256, kind, source, arguments, higher_is_better, author, current
    )
    values (name, sha256, kind, source, arguments, higher_is_better, author, true);
    insert into cerebro._audit (login, role, action, kind, name, details)
    values (
        session_user, author, 'register_code', 'code', name,
        pg_catalog.json_build_object('kind', kind, 'sha256', sha256)::pg_catalog.jsonb
    );
end
$plpgsql$;

comment on function cerebro._store_code(text, text, text, text, text, boolean) is
    'Make a version of registered code the current one of its name, with the role that calls as its author';
