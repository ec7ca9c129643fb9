create function cerebro._out_of_fold_chunks(run text, config int)
returns int
language plpython3u
@no_parallel_query@
as $python$
    @load_package@
    from cerebro_db.udf.verbs import out_of_fold_chunks
    return out_of_fold_chunks(plpy, run, config)
$python$;

comment on function cerebro._out_of_fold_chunks(text, int) is
    'cerebro_predictions: how many chunks have rows that a fold''s network has not seen';
