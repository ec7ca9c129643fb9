create function cerebro._measure(spec jsonb, found bytea)
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import measure
    return measure(plpy, spec, found)
$python$;

comment on function cerebro._measure(jsonb, bytea) is
    'Metrics of packed targets and predictions, registered ones too, whose code this session executes';
