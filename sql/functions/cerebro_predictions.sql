create function @extschema@.cerebro_predictions(run text, config int = null)
returns table (
    key text,
    fold int,
    prediction text,
    score float8,
    probabilities jsonb
)
language sql
rows 1000
@runs_on_coordinator@
set search_path = pg_catalog, pg_temp
as $sql$
    select made.*
    from pg_catalog.generate_series(1, cerebro._out_of_fold_chunks(run, config)) as chunk
    cross join lateral pg_catalog.jsonb_to_recordset(
        cerebro._out_of_fold(run, config, chunk)
    ) as made (
        key pg_catalog.text,
        fold int,
        prediction pg_catalog.text,
        score float8,
        probabilities pg_catalog.jsonb
    )
$sql$;

comment on function @extschema@.cerebro_predictions(text, int) is
    'What each training row is predicted to be by the network of its fold, or the mean of its ensemble''s, none of which has seen it';
