create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    replace boolean,
    config int
)
returns bigint
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, replace, config)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, boolean, int) is
    'Predict all rows with one of the configurations that a run keeps (NULL: the best), where replace is true into a table that may be there, which is filled anew in one transaction';
