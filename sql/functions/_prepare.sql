-- Parallel and synchronised scans would deliver the rows in another order each time, and on
-- PostgreSQL the shuffle is a function of the order.
create function cerebro._prepare(
    dataset text,
    source text,
    target text,
    features text[],
    task text,
    validation text,
    partitions int,
    encode jsonb,
    replace boolean,
    options jsonb
)
returns jsonb
language plpython3u
@no_parallel_query@
set synchronize_seqscans = off
as $python$
    @load_package@
    from cerebro_db.udf.verbs import prepare
    return prepare(
        plpy, dataset, source, target, features, task, validation, partitions, encode, replace, options
    )
$python$;

comment on function cerebro._prepare(
    text, text, text, text[], text, text, int, jsonb, boolean, jsonb
) is
    'cerebro_prepare: its row in a JSON array';
