-- As cerebro_predict_table_replace.sql: a function beside the one that was released. Where the fifth argument
-- has no type (NULL), it has to be named: config or replace.
create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    config int
)
returns bigint
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, False, config)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, int) is
    'Predict all rows with one of the configurations that a run keeps (NULL: the best) into a table; return the number of rows';
