create function cerebro._score(
    run text,
    input bytea,
    document text
)
returns float8
language plpython3u
stable
as $python$
    @load_package@
    from cerebro_db.udf.predicting import score
    return score(plpy, run, input, document)
$python$;

comment on function cerebro._score(text, bytea, text) is
    'cerebro_score of a row in binary form';
