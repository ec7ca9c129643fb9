create function cerebro._take_chunks(token text)
returns table (extent int, seq int, rows int, payload bytea)
language plpython3u
execute on all segments
as $python$
    @load_package@
    from cerebro_db.udf.batches import take_chunks
    return take_chunks(plpy, token)
$python$;

comment on function cerebro._take_chunks(text) is
    'Chunks that cerebro._pack_batch has left on the segments under this token';
