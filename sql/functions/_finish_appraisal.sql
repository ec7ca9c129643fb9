create function cerebro._finish_appraisal(what jsonb)
returns jsonb
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import finish_appraisal
    return finish_appraisal(plpy, what)
$python$;

comment on function cerebro._finish_appraisal(jsonb) is
    'Compare the configurations that have predicted the validation rows: members of an ensemble, thresholds';
