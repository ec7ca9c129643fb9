-- On a server that nobody has tried, or that lacks what this needs, nothing is made.
do $do$
declare
    supported constant text not null := '@servers@';
    number constant int not null := pg_catalog.current_setting('server_version_num')::int;
    -- Before 10 the major version had two numbers.
    major constant text not null := case
        when number >= 100000 then (number / 10000)::text
        else pg_catalog.format('%s.%s', number / 10000, number / 100 % 100)
    end;
begin
    if major <> all (pg_catalog.string_to_array(supported, ', ')) then
        raise exception using
            errcode = 'feature_not_supported',
            message = 'this cerebro_db is not for PostgreSQL ' || major,
            detail = pg_catalog.format(
                'It was installed for the versions %s; this server is %s.',
                supported,
                pg_catalog.current_setting('server_version')
            ),
            hint = 'Use one of these servers, or install a version of cerebro_db that is for this one.';
    end if;
end
$do$;
