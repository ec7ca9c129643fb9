-- Scans as in cerebro_prepare, which this calls for a source that is no dataset yet: the user's SQL runs
-- here, in the session of whoever submits, and never in that of whoever runs the queue.
create function @extschema@.cerebro_submit(
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
returns bigint
language plpython3u
@no_parallel_query@
set synchronize_seqscans = off
as $python$
    @load_package@
    from cerebro_db.udf.verbs import submit
    return submit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function @extschema@.cerebro_submit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Queue a search, with the arguments of cerebro_fit, and return at once: its number';
