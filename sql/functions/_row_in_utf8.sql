-- Send functions write text in the client's encoding, which need not have all that stands in a row.
create function cerebro._row_in_utf8(input anyelement)
returns bytea
language sql
stable
set client_encoding = 'UTF8'
set search_path = pg_catalog, pg_temp
as $sql$
    select pg_catalog.record_send(row(input))
$sql$;

comment on function cerebro._row_in_utf8(anyelement) is
    'A row in its binary form, for a client of another encoding than UTF8';
