-- PL/Python takes neither anyelement nor record, so the row goes over as its binary form. Only an
-- anonymous record goes over as JSON too: its column names are nowhere else. Not immutable: the answer
-- changes when the run is dropped and fitted again.
create function @extschema@.cerebro_score(run text, input anyelement)
returns float8
language sql
stable
as $sql$
    select cerebro._score(
        run,
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end
    )
$sql$;

comment on function @extschema@.cerebro_score(text, anyelement) is
    'Predict one row, or one JSON object, with the best model of a run: the probability of the positive class (of the predicted one where there are more than two), or the value';
