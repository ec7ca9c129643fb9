-- Each function in Python begins with a call of this, once a session.
create function cerebro._load_package()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    unsafe pg_catalog.text;
begin
    unsafe := cerebro._python_path();
    if unsafe is not null then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the Python package cerebro_db is not where only root can write',
            detail = unsafe,
            hint = 'Install it again, into a folder that belongs, with all above it, to root alone: scripts/install.sh.';
    end if;
end
$plpgsql$;

comment on function cerebro._load_package() is
    'Let a session import the Python package, unless others than root can write where it lies';
