-- Text has to have a meaning: every session of ours speaks UTF8, Python too, and the server converts.
-- In SQL_ASCII text is bytes of whatever encoding. Servers before PostgreSQL 13, Greenplum's among
-- them, take Unicode escapes in UTF8 only, and in these our statements and JSON spell what is not ASCII.
do $do$
declare
    converting constant boolean not null :=
        pg_catalog.current_setting('server_version_num')::int >= 130000;
begin
    if not exists (
        select 1
        from pg_catalog.pg_database d
        where d.datname = pg_catalog.current_database()
            and (
                d.encoding = pg_catalog.pg_char_to_encoding('UTF8')
                or converting and exists (
                    select 1
                    from pg_catalog.pg_conversion c
                    where c.conforencoding = d.encoding
                        and c.contoencoding = pg_catalog.pg_char_to_encoding('UTF8')
                        and c.condefault
                )
            )
    ) then
        raise exception using
            errcode = 'feature_not_supported',
            message = 'cerebro_db needs a database '
                || case when converting then 'whose encoding converts to UTF8' else 'in UTF8 on this server' end,
            detail = 'The encoding of this one is ' || pg_catalog.getdatabaseencoding() || '.',
            hint = 'Copy the data into a database that is made with: create database ... encoding ''UTF8'' template template0.';
    end if;
end
$do$;
