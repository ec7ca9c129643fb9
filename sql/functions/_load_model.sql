create function cerebro._load_model(run bigint, config int, spec jsonb, state bytea)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import load_model
    load_model(plpy, run, config, spec, state)
$python$;

comment on function cerebro._load_model(bigint, int, jsonb, bytea) is
    'Take a trained configuration into the memory of this worker, for predictions';
