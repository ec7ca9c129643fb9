create function cerebro._discard_chunks(token text)
returns setof int
language plpython3u
execute on all segments
as $python$
    @load_package@
    from cerebro_db.udf.batches import discard_chunks
    return discard_chunks(plpy, token)
$python$;

comment on function cerebro._discard_chunks(text) is
    'Remove what cerebro._pack_batch has left on the segments under this token: how many on each';
