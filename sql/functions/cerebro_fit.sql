-- Scans as in cerebro_prepare, which this calls for a source that is no dataset yet.
create function @extschema@.cerebro_fit(
    run text,
    source text,
    target text = null,
    model jsonb = '{"family":"mlp"}',
    space jsonb = '{}',
    search jsonb = '{"method":"grid"}',
    epochs int = 5,
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
language plpython3u
rows 20
@runs_on_coordinator@
@no_parallel_query@
set synchronize_seqscans = off
as $python$
    @load_package@
    from cerebro_db.udf.verbs import fit
    return fit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function @extschema@.cerebro_fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Search for the best model of a target in a dataset, table, view or SELECT; return the leaderboard';
