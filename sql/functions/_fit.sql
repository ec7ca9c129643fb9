-- Scans as in cerebro._prepare, which this does too for a source that is no dataset yet.
create function cerebro._fit(
    run text,
    source text,
    target text,
    model jsonb,
    space jsonb,
    search jsonb,
    epochs int,
    metric text,
    workers int,
    seed bigint,
    options jsonb
)
returns jsonb
language plpython3u
@no_parallel_query@
set synchronize_seqscans = off
as $python$
    @load_package@
    from cerebro_db.udf.verbs import fit
    return fit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function cerebro._fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'cerebro_fit: the rows of the leaderboard as a JSON array';
