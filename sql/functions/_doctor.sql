create function cerebro._doctor()
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.doctor import doctor
    return doctor(plpy)
$python$;

comment on function cerebro._doctor() is
    'Versions in the server''s Python, and whether a worker could connect; for cerebro-db doctor';
