create function @extschema@.cerebro_predict_table(run text, source text, key text, output text)
returns bigint
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text) is
    'Predict all rows of a table, view or SELECT into a table with the key, prediction, score and probabilities; return the number of rows';
