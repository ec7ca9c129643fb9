create function @extschema@.cerebro_cancel(run text)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import cancel
    cancel(plpy, run)
$python$;

comment on function @extschema@.cerebro_cancel(text) is
    'End a search at once; cerebro_resume goes on';
