create function @extschema@.cerebro_add(run text, space jsonb, search jsonb = '{"method":"grid"}')
returns int
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import add
    return add(plpy, run, space, search)
$python$;

comment on function @extschema@.cerebro_add(text, jsonb, jsonb) is
    'Bring what a search over another space proposes into a search; return how many configurations that is';
