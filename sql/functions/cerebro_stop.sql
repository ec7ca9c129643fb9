create function @extschema@.cerebro_stop(run text, config int = null)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import stop
    stop(plpy, run, config)
$python$;

comment on function @extschema@.cerebro_stop(text, int) is
    'End a search, or have one configuration rest, when the units in hand are done; cerebro_resume goes on';
