create function @extschema@.cerebro_drop(name text, kind text = 'run')
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import drop
    drop(plpy, name, kind)
$python$;

comment on function @extschema@.cerebro_drop(text, text) is
    'Drop a run, a dataset, a model or, for administrators, registered code';
