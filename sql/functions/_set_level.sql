-- SECURITY DEFINER because only who owns an object, or may pass on rights, can grant them, and an
-- administrator is not to be the owner. It grants and revokes what cerebro._rights lists, nothing
-- else, and reads only what belongs to the extension's owner: whoever owned what it reads could have
-- it grant anything.
create function cerebro._set_level(role text, level text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Some servers tell of each right that there was none to revoke.
set client_min_messages = warning
as $plpgsql$
declare
    levels constant text[] := array['predict', 'train', 'admin'];
    held record;
    others int := 0;
begin
    if not exists (select 1 from pg_catalog.pg_roles r where r.rolname = _set_level.role) then
        raise exception using
            errcode = 'undefined_object',
            message = 'there is no such role',
            detail = pg_catalog.format('The role given is %s.', coalesce(role, 'NULL')),
            hint = 'Levels are given to roles, not to PUBLIC.';
    end if;
    if role in (
        'cerebro_worker',
        (
            select o.rolname
            from pg_catalog.pg_extension e
            join pg_catalog.pg_roles o on o.oid = e.extowner
            where e.extname = 'cerebro_db'
        )
    ) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = pg_catalog.format('role %I can have no level', role),
            detail = 'It owns objects of the extension.',
            hint = 'Levels are for the roles of people and applications.';
    end if;
    if level <> all (levels) then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = pg_catalog.format('there is no level "%s"', level),
            detail = 'Levels are predict, train and admin, each with the rights of those before it.',
            hint = 'select cerebro_grant(role, ''train'')';
    end if;

    -- The server refuses to change an object's rights where another session has just done so. One
    -- administrator after the other, then, behind a table that only they write; who says GRANT or VACUUM
    -- FULL meanwhile is behind nothing, and the next attempt finds what that has left.
    lock table cerebro._code in share row exclusive mode;
    loop
        begin
            for held in select r.privilege, r.kind, r.object from cerebro._rights r loop
                execute pg_catalog.format(
                    'revoke %s on %s %s from %I cascade', held.privilege, held.kind, held.object, role
                );
            end loop;
            for held in
                select r.privilege, r.kind, r.object from cerebro._rights r
                where _set_level.level = any (r.levels)
            loop
                execute pg_catalog.format(
                    'grant %s on %s %s to %I', held.privilege, held.kind, held.object, role
                );
            end loop;
            exit;
        exception
            when internal_error then
                others := others + 1;
                if others = 5 then
                    raise;
                end if;
        end;
    end loop;
    -- The role that called is not to be known here: of it, what SET ROLE has made of the login.
    insert into cerebro._audit (login, role, action, kind, name, details)
    select
        session_user,
        case when s.role = 'none' then session_user else s.role end,
        case when level is null then 'revoke' else 'grant' end,
        'role',
        _set_level.role,
        case
            when level is null then '{}'
            else pg_catalog.format('{"level": "%s"}', level)::pg_catalog.jsonb
        end
    from (select pg_catalog.current_setting('role') as role) s;
end
$plpgsql$;

comment on function cerebro._set_level(text, text) is
    'Give a role the rights of a level, null: of none, in the place of those of the level that it has';
