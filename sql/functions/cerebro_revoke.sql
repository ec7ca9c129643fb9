create function @extschema@.cerebro_revoke(role pg_catalog.@role_type@)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.rights import revoke
    revoke(plpy, role)
$python$;

comment on function @extschema@.cerebro_revoke(pg_catalog.@role_type@) is
    'Take a role''s level, and share nothing with it any more';
