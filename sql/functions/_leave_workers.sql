-- SECURITY DEFINER because a session may end another only with rights that workers do not have. It ends
-- none but workers of this database: see cerebro._workers.
create function cerebro._leave_workers(pids int[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    stray int;
begin
    update cerebro._workers set state = 'left', since = statement_timestamp()
    where pid = any (pids);
    for stray in
        select a.pid
        from pg_stat_activity a
        join cerebro._workers w on w.pid = a.pid
        where a.pid = any (pids)
            and a.application_name = 'cerebro_db worker'
            and a.pid in (select s.pid from cerebro._sessions() s)
    loop
        perform pg_terminate_backend(stray);
    end loop;
end
$plpgsql$;

comment on function cerebro._leave_workers(int[]) is
    'End those of these processes that are workers, once what they are at lets them, and show them until then';
