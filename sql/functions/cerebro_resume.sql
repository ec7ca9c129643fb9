-- It sets no search path, as cerebro_fit does not.
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
language sql
rows 20
@runs_on_coordinator@
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._resume(run, config, null)
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

comment on function @extschema@.cerebro_resume(text, int) is
    'Go on with a search that did not come to its end, or with one configuration that rests or failed; return the leaderboard';
