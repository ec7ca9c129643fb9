create function cerebro._proba(
    run text,
    input bytea,
    document text,
    config int
)
returns jsonb
language plpython3u
stable
as $python$
    @load_package@
    from cerebro_db.udf.predicting import proba
    return proba(plpy, run, input, document, config)
$python$;

comment on function cerebro._proba(text, bytea, text, int) is
    'cerebro_proba of a row in binary form, by a configuration of the run';
