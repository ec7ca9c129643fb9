-- SECURITY DEFINER because a session may end another only with rights that workers do not have. It ends
-- none but workers of this database that say of themselves that they idle: see cerebro._workers. Nobody
-- else's session is taken for one, whatever it calls itself.
create function cerebro._end_idle(pids int[])
returns setof int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    idler int;
begin
    -- Within a transaction the server would say again what it has said before.
    perform pg_catalog.pg_stat_clear_snapshot();
    for idler in
        select a.pid
        from pg_catalog.pg_stat_activity a
        where a.pid = any (pids)
            and a.state = 'idle'
            and a.application_name = 'cerebro_db worker'
            and a.pid in (select w.pid from cerebro._workers w where w.state in ('idle', 'warm'))
            and a.pid in (select s.pid from cerebro._sessions() s)
    loop
        if pg_catalog.pg_terminate_backend(idler) then
            return next idler;
        end if;
    end loop;
end
$plpgsql$;

comment on function cerebro._end_idle(int[]) is
    'End those of these processes that are workers and idle: which those were; none, when all are gone';
