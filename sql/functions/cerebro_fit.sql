-- It sets no search path: users' SQL finds the user's.
create function @extschema@.cerebro_fit(
    run text,
    source text,
    target text = null,
    model jsonb = '{}',
    space jsonb = '{}',
    search jsonb = '{}',
    epochs int = null,
    metric text = null,
    workers int = null,
    seed bigint = 0,
    options jsonb = '{}'
)
returns table (
    rank int,
    config int,
    params jsonb,
    metric text,
    value float8,
    loss float8,
    validation_loss float8,
    epochs int,
    seconds float8,
    status text
)
language sql
rows 20
@runs_on_coordinator@
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._fit(
            run, source, target, model, space, search, epochs, metric, workers, seed, options
        )
    ) as leaderboard (
        rank int,
        config int,
        params pg_catalog.jsonb,
        metric pg_catalog.text,
        value double precision,
        loss double precision,
        validation_loss double precision,
        epochs int,
        seconds double precision,
        status pg_catalog.text
    )
$sql$;

comment on function @extschema@.cerebro_fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Search for the best model of a target in a dataset, table, view or SELECT; return the leaderboard';
