create function @extschema@.cerebro_wait(run text)
returns text
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import wait
    return wait(plpy, run)
$python$;

comment on function @extschema@.cerebro_wait(text) is
    'Wait until a search is over, queued ones included; return its status';
