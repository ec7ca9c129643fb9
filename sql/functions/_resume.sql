create function cerebro._resume(run text, config int, epochs int)
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import resume
    return resume(plpy, run, config, epochs)
$python$;

comment on function cerebro._resume(text, int, int) is
    'cerebro_resume: the rows of the leaderboard as a JSON array';
