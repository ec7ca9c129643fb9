-- SECURITY DEFINER because the server tells only some roles when a session began. Who holds what for
-- as long as it lives, a run or workers, says so in a table of ours, under the name that the server's
-- log has for its session too (%c in log_line_prefix): nobody else can write there, as anybody can take
-- an advisory lock, and nobody believes what a dead session has left there. Of no session is told here
-- but those that log in for us: as a superuser, or as who may SET ROLE cerebro_worker. Before
-- PostgreSQL 16 every member may.
-- Greenplum calls it ahead of a query of views, where a function that sets something has the client's
-- query forgotten, so there it sets no path, and all in it is named in full.
create function cerebro._sessions(out session text, out pid int)
returns setof record
language plpgsql
stable
security definer
@runs_on_coordinator@
@pinned_path@
as $plpgsql$
declare
    may_become constant text := case
        when pg_catalog.current_setting('server_version_num')::pg_catalog.int4
            operator(pg_catalog.>=) 160000 then 'set'
        else 'member'
    end;
begin
    -- Within a transaction the server would say again what it has said before.
    perform pg_catalog.pg_stat_clear_snapshot();
    return query
    select
        pg_catalog.to_hex(
            pg_catalog.trunc(pg_catalog.date_part('epoch', a.backend_start))::pg_catalog.int4
        ) operator(pg_catalog.||) '.' operator(pg_catalog.||) pg_catalog.to_hex(a.pid),
        a.pid
    from pg_catalog.pg_stat_activity a
    where a.datname operator(pg_catalog.=) pg_catalog.current_database()
        and pg_catalog.pg_has_role(a.usesysid, 'cerebro_worker', may_become);
end
$plpgsql$;

comment on function cerebro._sessions() is
    'The sessions of this database that may be cerebro_db''s own, as the server''s log names them';
