create function cerebro._proba(
    run text,
    input bytea,
    document text
)
returns jsonb
language plpython3u
stable
as $python$
    @load_package@
    from cerebro_db.udf.predicting import proba
    return proba(plpy, run, input, document)
$python$;

comment on function cerebro._proba(text, bytea, text) is
    'cerebro_proba of a row in binary form';
