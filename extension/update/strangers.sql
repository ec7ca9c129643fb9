-- What is about to be made in the schema of the verbs replaces what has its name there. Newer servers
-- refuse to take over a stranger's object so, older ones would leave it to its owner, and whoever can
-- create there may be the stranger.
do $do$
declare
    strangers text;
begin
    select pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::text, ', ') into strangers
    from pg_catalog.pg_proc p
    join pg_catalog.pg_extension e on e.extname = 'cerebro_db' and e.extnamespace = p.pronamespace
    left join pg_catalog.pg_depend d
        on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
        and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid
        and d.deptype = 'e'
    where p.proname like 'cerebro\_%' and d.objid is null;
    if strangers is not null then
        raise exception using
            errcode = 'duplicate_function',
            message = 'there are functions with names of cerebro_db that are not its own',
            detail = 'They are: ' || strangers || '.',
            hint = 'Drop or rename them, then update again.';
    end if;
end
$do$;
