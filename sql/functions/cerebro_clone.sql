create function @extschema@.cerebro_clone(
    run text,
    config int,
    params jsonb = '{}',
    from_scratch boolean = false
)
returns int
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import clone
    return clone(plpy, run, config, params, from_scratch)
$python$;

comment on function @extschema@.cerebro_clone(text, int, jsonb, boolean) is
    'Bring a configuration into a search that has the values of another but for params, and goes on from its state unless it is to start from scratch; return its number';
