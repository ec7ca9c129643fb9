create function cerebro._out_of_fold(run text, config int, chunk int)
returns jsonb
language plpython3u
@no_parallel_query@
as $python$
    @load_package@
    from cerebro_db.udf.verbs import out_of_fold
    return out_of_fold(plpy, run, config, chunk)
$python$;

comment on function cerebro._out_of_fold(text, int, int) is
    'cerebro_predictions: the rows of one chunk as a JSON array';
