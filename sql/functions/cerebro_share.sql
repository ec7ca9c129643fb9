create function @extschema@.cerebro_share(
    name text,
    role pg_catalog.@role_type@,
    kind text = 'run'
)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.rights import share
    share(plpy, name, role, kind)
$python$;

comment on function @extschema@.cerebro_share(text, pg_catalog.@role_type@, text) is
    'Let another role use a run, a dataset or a model of yours';
