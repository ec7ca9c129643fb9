create function cerebro._evaluate_batch(run text, reading text, batch bytea, config int)
returns bytea
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import evaluate_batch
    return evaluate_batch(plpy, run, reading, batch, config)
$python$;

comment on function cerebro._evaluate_batch(text, text, bytea, int) is
    'Predict one batch of the rows that cerebro_evaluate has staged, where they are: packed targets and predictions';
