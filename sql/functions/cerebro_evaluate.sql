create function @extschema@.cerebro_evaluate(run text, source text)
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import evaluate
    return evaluate(plpy, run, source)
$python$;

comment on function @extschema@.cerebro_evaluate(text, text) is
    'Measure the best model of a run on the labelled rows of a table, view or SELECT';
