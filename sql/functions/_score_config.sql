create function cerebro._score(
    run text,
    input bytea,
    document text,
    config int
)
returns float8
language plpython3u
stable
as $python$
    @load_package@
    from cerebro_db.udf.predicting import score
    return score(plpy, run, input, document, config)
$python$;

comment on function cerebro._score(text, bytea, text, int) is
    'cerebro_score of a row in binary form, by a configuration of the run';
