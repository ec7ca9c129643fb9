create function cerebro._keep_warm()
returns int
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import keep_warm
    return keep_warm(plpy)
$python$;

comment on function cerebro._keep_warm() is
    'Have this session keep as many workers ready as cerebro.settings.warm says and there is room for; return how many';
