-- For databases that are not in UTF8, where PL/Python takes the text of a statement, and that of an
-- error, for UTF8 unconverted: an error with an accent in it breaks off the Python that caught it.
-- Here the statement comes as a parameter, which is converted, and what an error says leaves in
-- hexadecimal digits, for session/backend.py to read. The statement runs as the caller, on the
-- caller's search path, so all else is named in full.
-- P0004 is a failed ASSERT, of which older servers do not know the name.
create function cerebro._run_statement(statement text)
returns void
language plpgsql
as $plpgsql$
declare
    said_state text;
    said_message text;
    said_detail text;
    said_hint text;
begin
    execute statement;
exception
    when query_canceled or sqlstate 'P0004' or others then
        get stacked diagnostics
            said_state = returned_sqlstate,
            said_message = message_text,
            said_detail = pg_exception_detail,
            said_hint = pg_exception_hint;
        raise exception using
            errcode = said_state,
            message = 'utf8:' operator(pg_catalog.||) pg_catalog.encode(pg_catalog.convert_to(said_message, 'UTF8'), 'hex'),
            detail = pg_catalog.encode(pg_catalog.convert_to(said_detail, 'UTF8'), 'hex'),
            hint = pg_catalog.encode(pg_catalog.convert_to(said_hint, 'UTF8'), 'hex');
end
$plpgsql$;

comment on function cerebro._run_statement(text) is
    'Run a statement of a verb in a database that is not in UTF8; an error says what it says in hexadecimal UTF8';
