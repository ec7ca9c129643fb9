create function cerebro._begin_appraisal(spec jsonb, what jsonb, state bytea)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.worker import begin_appraisal
    begin_appraisal(plpy, spec, what, state)
$python$;

comment on function cerebro._begin_appraisal(jsonb, jsonb, bytea) is
    'Have a network predict the validation rows, or those of its fold, that cerebro._feed brings next, to be compared with others';
