create function @extschema@.cerebro_grant(role pg_catalog.@role_type@, level text)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.rights import grant
    grant(plpy, role, level)
$python$;

comment on function @extschema@.cerebro_grant(pg_catalog.@role_type@, text) is
    'Give a role a level instead of the one that it has: predict, train or admin, each with all rights of those before it';
