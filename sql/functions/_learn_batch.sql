create function cerebro._learn_batch(fitters text, reading text, training boolean, batch bytea)
returns text
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import learn_batch
    return learn_batch(plpy, fitters, reading, training, batch)
$python$;

comment on function cerebro._learn_batch(text, text, boolean, bytea) is
    'Learn how to encode columns from one batch of staged rows, on its segment: partial results as JSON';
