create function cerebro._take_chunk(
    token text,
    out extent int,
    out seq int,
    out rows int,
    out payload bytea
)
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import take_chunk
    return take_chunk(plpy, token)
$python$;

comment on function cerebro._take_chunk(text) is
    'The next of the chunks that cerebro._pack_batch has left on this segment under this token; NULL after the last';
