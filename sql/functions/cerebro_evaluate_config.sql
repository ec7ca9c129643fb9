-- As cerebro_evaluate.sql: a function beside that one, as each verb that predicts has.
create function @extschema@.cerebro_evaluate(run text, source text, config int)
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import evaluate
    return evaluate(plpy, run, source, config)
$python$;

comment on function @extschema@.cerebro_evaluate(text, text, int) is
    'Measure one of the configurations that a run keeps (NULL: the best) on the labelled rows of a table, view or SELECT';
