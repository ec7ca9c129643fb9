-- What the worker's role may do: all with what is its own, and beyond that what is listed here.
do $do$
begin
    if cerebro._worker_powers() is not null then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'role cerebro_worker may do more than workers of cerebro_db need',
            detail = 'It is: ' || cerebro._worker_powers() || '.',
            hint = 'Take that from it, or drop it: where it is missing, it is created.';
    end if;
end
$do$;

select cerebro._hand_over();

-- The audit trail: to add to it, not to read or change what is there. Greenplum 6 wants UPDATE where
-- USAGE would do.
grant insert on cerebro._audit to cerebro_worker;
grant usage, update on sequence cerebro._audit_id_seq to cerebro_worker;

-- What it reads and others write.
grant select on cerebro.settings to cerebro_worker;
grant select on cerebro._code to cerebro_worker;
grant select on cerebro._my_runs to cerebro_worker;
grant select on cerebro.leaderboard to cerebro_worker;

-- The functions that workers and control sessions call.
do $do$
declare
    called constant text[] := array[
        '_load_package', '_python_path', '_plain_messages', '_admin', '_owns', '_uses', '_sessions',
        '_log_no_data',
        '_end_idle', '_leave_workers', '_spec', '_worker_powers',
        '_start_worker', '_hold', '_train', '_begin_unit', '_feed', '_finish_unit',
        '_begin_appraisal', '_finish_appraisal',
        '_load_model', '_infer', '_measure',
        '_take_chunk', '_take_chunks', '_discard_here', '_discard_chunks'
    ];
    permitted record;
begin
    for permitted in
        select p.oid::pg_catalog.regprocedure as signature
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'cerebro' and p.proname = any (called)
    loop
        execute pg_catalog.format(
            'grant execute on function %s to cerebro_worker', permitted.signature
        );
    end loop;
end
$do$;
