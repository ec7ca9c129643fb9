create function cerebro._start_worker(threads int, cache_bytes bigint, framework text)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import start_worker
    start_worker(plpy, threads, cache_bytes, framework)
$python$;

comment on function cerebro._start_worker(int, bigint, text) is
    'Make this session a worker: bound its threads and its cache, and import its framework';
