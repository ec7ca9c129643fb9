create function cerebro._discard_chunks(token text)
returns setof int
language plpgsql
execute on all segments
set search_path = pg_catalog, pg_temp
as $plpgsql$
begin
    return query select cerebro._discard_here(token);
end
$plpgsql$;

comment on function cerebro._discard_chunks(text) is
    'Remove what cerebro._pack_batch has left on the segments under this token: how many on each';
