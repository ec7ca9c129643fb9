create function @extschema@.cerebro_run_queue(most int = null)
returns int
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import run_queue
    return run_queue(plpy, most)
$python$;

comment on function @extschema@.cerebro_run_queue(int) is
    'Run the searches that are queued, first come first served, all or so many at most; return how many there were';
