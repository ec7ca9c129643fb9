-- SECURITY DEFINER because nobody is to write the table itself: see _store_code.
create function cerebro._drop_code(name text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
begin
    delete from cerebro._code c where c.name = _drop_code.name;
end
$plpgsql$;

comment on function cerebro._drop_code(text) is
    'Forget all versions of registered code; workers execute none of them any more';
