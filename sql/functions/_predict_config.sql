create function cerebro._predict(
    run text,
    input bytea,
    document text,
    config int
)
returns text
language plpython3u
stable
as $python$
    @load_package@
    from cerebro_db.udf.predicting import predict
    return predict(plpy, run, input, document, config)
$python$;

comment on function cerebro._predict(text, bytea, text, int) is
    'cerebro_predict of a row in binary form, by a configuration of the run';
