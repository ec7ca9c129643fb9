create function cerebro._feed(validation boolean, payload bytea)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db import udf
    udf.feed(plpy, validation, payload)
$python$;

comment on function cerebro._feed(boolean, bytea) is
    'Train the begun unit on one chunk, or validate it';
