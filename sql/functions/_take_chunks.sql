create function cerebro._take_chunks(token text)
returns table (extent int, seq int, rows int, payload bytea)
language plpgsql
execute on all segments
set search_path = pg_catalog, pg_temp
as $plpgsql$
begin
    loop
        select chunk.extent, chunk.seq, chunk.rows, chunk.payload
        into extent, seq, rows, payload
        from cerebro._take_chunk(token) chunk;
        exit when extent is null;
        return next;
    end loop;
end
$plpgsql$;

comment on function cerebro._take_chunks(text) is
    'Chunks that cerebro._pack_batch has left on the segments under this token';
