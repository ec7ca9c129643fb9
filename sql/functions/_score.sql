create function cerebro._score(
    run text,
    input bytea,
    document text,
    statement text,
    role text
)
returns float8
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db import udf
    return udf.score(plpy, run, input, document, statement, role)
$python$;

comment on function cerebro._score(text, bytea, text, text, text) is
    'cerebro_score of a row in binary form; grants are checked once for each statement and role';
