-- As cerebro_score.sql. A function beside that one, and no default: with it, a call of two arguments would have
-- two meanings.
create function @extschema@.cerebro_score(run text, input anyelement, config int)
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
        end,
        config
    )
$sql$;

comment on function @extschema@.cerebro_score(text, anyelement, int) is
    'Predict one row, or one JSON object, with one of the configurations that a run keeps (NULL: the best): the probability of the positive class (of the predicted one where there are more than two), or the value';
