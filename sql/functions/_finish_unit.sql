create function cerebro._finish_unit(
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
    from cerebro_db.udf.worker import finish_unit
    return finish_unit(plpy)
$python$;

comment on function cerebro._finish_unit() is
    'End the begun unit: its new state and its metrics';
