-- A function beside the one that was released, and no argument more of it: what users have made of that
-- one hangs on its arguments, and would keep an update from replacing it.
create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    replace boolean
)
returns bigint
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, replace)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, boolean) is
    'The same, where replace is true into a table that may be there, which is filled anew in one transaction';
