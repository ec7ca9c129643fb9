create function @extschema@.cerebro_unshare(
    name text,
    role pg_catalog.@role_type@,
    kind text = 'run'
)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.rights import unshare
    unshare(plpy, name, role, kind)
$python$;

comment on function @extschema@.cerebro_unshare(text, pg_catalog.@role_type@, text) is
    'Let another role no longer use what was shared with it';
