-- It sets no search path: users' SQL finds the user's.
create function @extschema@.cerebro_prepare(
    dataset text,
    source text,
    target text,
    features text[] = null,
    task text = null,
    validation text = '0.2',
    partitions int = null,
    encode jsonb = '{}',
    replace boolean = false,
    options jsonb = '{}'
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
language sql
rows 1
@runs_on_coordinator@
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._prepare(
            dataset, source, target, features, task, validation, partitions, encode, replace,
            options
        )
    ) as made (
        dataset pg_catalog.text,
        task pg_catalog.text,
        rows bigint,
        validation_rows bigint,
        partitions int,
        features int,
        bytes bigint
    )
$sql$;

comment on function @extschema@.cerebro_prepare(
    text, text, text, text[], text, text, int, jsonb, boolean, jsonb
) is
    'Prepare a table, view or SELECT for training, once: encode, shuffle, split, pack into partitions';
