create function cerebro._infer(run bigint, config int, inputs bytea)
returns bytea
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import infer
    return infer(plpy, run, config, inputs)
$python$;

comment on function cerebro._infer(bigint, int, bytea) is
    'Predict encoded rows with a configuration that this worker holds; NULL if it does not';
