create function cerebro._pack_batch(
    token text,
    encoding text,
    reading text,
    extent int,
    seq int,
    rows int,
    batch bytea
)
returns bigint
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.batches import pack_batch
    return pack_batch(plpy, token, encoding, reading, extent, seq, rows, batch)
$python$;

comment on function cerebro._pack_batch(text, text, text, int, int, int, bytea) is
    'Encode one batch of staged rows as a chunk, and leave it on its segment for cerebro._take_chunks: its bytes';
