create function @extschema@.cerebro_resume(run text, config int = null)
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
as $python$
    @load_package@
    from cerebro_db.udf.verbs import resume
    return resume(plpy, run, config)
$python$;

comment on function @extschema@.cerebro_resume(text, int) is
    'Go on with a search that did not come to its end, or with one configuration that rests or failed; return the leaderboard';
