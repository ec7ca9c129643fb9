create function cerebro._discard_here(token text)
returns int
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import discard_here
    return discard_here(plpy, token)
$python$;

comment on function cerebro._discard_here(text) is
    'Remove what cerebro._pack_batch has left on this segment under this token: how many chunks';
