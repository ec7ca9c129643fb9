create function cerebro._feed(validation boolean, seq int, payload bytea)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import feed
    feed(plpy, validation, seq, payload)
$python$;

comment on function cerebro._feed(boolean, int, bytea) is
    'Train the begun unit on one chunk, or validate it';
