-- A role as verbs are given it, in the text form of its type, which quotes some names.
create function cerebro._role_name(role text)
returns text
language sql
stable
as $sql$
    select r.rolname::pg_catalog.text
    from pg_catalog.pg_roles r
    where r.@role_key@ operator(pg_catalog.=) role::pg_catalog.@role_type@
$sql$;

comment on function cerebro._role_name(text) is
    'The name of a role that a verb was given; null if there is none';
