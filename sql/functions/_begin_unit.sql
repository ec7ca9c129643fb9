create function cerebro._begin_unit(spec jsonb, unit jsonb, state bytea)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import begin_unit
    begin_unit(plpy, spec, unit, state)
$python$;

comment on function cerebro._begin_unit(jsonb, jsonb, bytea) is
    'Begin a unit whose rows are more than the cache holds: cerebro._feed brings them, cerebro._finish_unit ends it';
