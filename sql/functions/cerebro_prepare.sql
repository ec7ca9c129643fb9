-- Parallel and synchronised scans would deliver the rows in another order each time, and on
-- PostgreSQL the shuffle is a function of the order.
create function @extschema@.cerebro_prepare(
    dataset text,
    source text,
    target text,
    features text[] = null,
    task text = null,
    validation text = '0.2',
    partitions int = null,
    encode jsonb = '{}',
    replace boolean = false
)
returns table (
    dataset text,
    task text,
    rows bigint,
    validation_rows bigint,
    partitions int,
    features int,
    bytes bigint
)
language plpython3u
@runs_on_coordinator@
@no_parallel_query@
set synchronize_seqscans = off
as $python$
    @load_package@
    from cerebro_db.udf.verbs import prepare
    return prepare(
        plpy, dataset, source, target, features, task, validation, partitions, encode, replace
    )
$python$;

comment on function @extschema@.cerebro_prepare(
    text, text, text, text[], text, text, int, jsonb, boolean
) is
    'Prepare a table, view or SELECT for training, once: encode, shuffle, split, pack into partitions';
