create function cerebro._predict(
    run text,
    input bytea,
    document text,
    statement text,
    role text
)
returns text
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db import udf
    return udf.predict(plpy, run, input, document, statement, role)
$python$;

comment on function cerebro._predict(text, bytea, text, text, text) is
    'cerebro_predict of a row in binary form; grants are checked once for each statement and role';
