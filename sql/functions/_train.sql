-- Reads and writes no table: rows come from the worker's cache, the state as an argument, and the
-- statement around it writes what it returns. So it can run on a Greenplum segment.
create function cerebro._train(
    spec jsonb,
    unit jsonb,
    state bytea,
    out new_state bytea,
    out rows bigint,
    out training jsonb,
    out validation jsonb,
    out started timestamptz,
    out finished timestamptz,
    out segment int
)
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import train
    return train(plpy, spec, unit, state)
$python$;

comment on function cerebro._train(jsonb, jsonb, bytea) is
    'Train one configuration on one partition: one sub-epoch, from state to state';
