create function cerebro._hold(
    dataset bigint,
    validation boolean,
    "partition" int,
    seq int,
    payload bytea
)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import hold
    hold(plpy, dataset, validation, partition, seq, payload)
$python$;

comment on function cerebro._hold(bigint, boolean, int, int, bytea) is
    'Take a chunk into the cache of this worker; chunk 0 starts its partition anew';
