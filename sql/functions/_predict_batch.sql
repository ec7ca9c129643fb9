create function cerebro._predict_batch(run text, reading text, batch bytea, config int)
returns cerebro._predictions
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import predict_batch
    return predict_batch(plpy, run, reading, batch, config)
$python$;

comment on function cerebro._predict_batch(text, text, bytea, int) is
    'Predict one batch of the rows that cerebro_predict_table has staged, where they are';
