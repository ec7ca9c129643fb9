-- Servers differ in the powers that a role may have: rolsuper, rolcreaterole, ... Two of these say
-- something else.
create function cerebro._worker_powers()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $sql$
    select string_agg(power, ', ' order by power)
    from (
        select substr(attribute.key, 4) as power
        from pg_roles r, json_each_text(row_to_json(r)) as attribute
        where r.rolname = 'cerebro_worker'
            and attribute.key not in ('rolinherit', 'rolcanlogin')
            and attribute.value = 'true'
        union all
        select 'member of ' || quote_ident(granted.rolname)
        from pg_auth_members m
        join pg_roles member on member.oid = m.member
        join pg_roles granted on granted.oid = m.roleid
        where member.rolname = 'cerebro_worker'
    ) powers
$sql$;

comment on function cerebro._worker_powers() is
    'What the worker''s role may do beyond this extension, in words; NULL: nothing, as it should be';
