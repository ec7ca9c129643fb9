create function @extschema@.cerebro_register_code(
    name text,
    kind text,
    source text,
    replace boolean = false
)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import register_code
    register_code(plpy, name, kind, source, replace)
$python$;

comment on function @extschema@.cerebro_register_code(text, text, text, boolean) is
    'Register a layer, a loss or a metric as Python source, which workers execute as the server''s operating-system user';
