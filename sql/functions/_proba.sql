create function cerebro._proba(
    run text,
    input bytea,
    document text,
    statement text,
    role text
)
returns jsonb
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db import udf
    return udf.proba(plpy, run, input, document, statement, role)
$python$;

comment on function cerebro._proba(text, bytea, text, text, text) is
    'cerebro_proba of a row in binary form; grants are checked once for each statement and role';
