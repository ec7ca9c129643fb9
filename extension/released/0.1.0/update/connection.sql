-- A free connection string could hold a password. What of it has a column now goes there; anything else
-- is for whoever stated it to decide. Values are in no message: one may be the password.
alter table cerebro.connection add column service text;
alter table cerebro.connection add column passfile text;
alter table cerebro.connection add column host text;
alter table cerebro.connection add column port int;
alter table cerebro.connection add column username text;
do $do$
declare
    -- A word, =, and a value as libpq reads it: in quotes or without, backslashes before what they hide.
    pair constant text := $$(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)+)$$;
    stated text := (select c.conninfo from cerebro.connection c);
    rest text := pg_catalog.regexp_replace(stated, pair, '', 'g');
    named text[];
    value text;
begin
    if rest ~ '\S' then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = 'cannot tell what cerebro.connection states',
            detail = 'It is no list of KEY=VALUE.',
            hint = 'Before the update: delete from cerebro.connection. After it, state again what is needed, in columns service, passfile, host, port and username.';
    end if;
    for named in
        select m from pg_catalog.regexp_matches(stated, pair, 'g') m
    loop
        if named[1] not in ('service', 'passfile', 'host', 'port', 'user') then
            raise exception using
                errcode = 'object_not_in_prerequisite_state',
                message = 'cerebro.connection states what it has no column for any more: ' || named[1],
                detail = 'It has columns for service, passfile, host, port and user.',
                hint = 'Before the update, take that out of conninfo, and put it into a service or passfile where it is needed.';
        end if;
        value := pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(named[2], $$^'(.*)'$$, $$\1$$), $$\\(.)$$, $$\1$$, 'g'
        );
        execute pg_catalog.format(
            'update cerebro.connection set %I = %L%s',
            case named[1] when 'user' then 'username' else named[1] end,
            value,
            case named[1] when 'port' then '::int' else '' end
        );
    end loop;
end
$do$;
alter table cerebro.connection drop column conninfo;

comment on table cerebro.connection is
    'How workers connect, for a superuser to state in one row; NULL, like no row: over the server''s own local socket';
comment on column cerebro.connection.service is
    'Service of the server''s pg_service.conf, which then says what no other column does';
comment on column cerebro.connection.passfile is
    'File with the password, readable by the server''s operating system user alone';
comment on column cerebro.connection.host is
    'Host, or folder of the socket; default: the first of unix_socket_directories';
comment on column cerebro.connection.port is
    'Default: the server''s port';
comment on column cerebro.connection.username is
    'Role that logs in: a superuser, or a member of cerebro_worker; default: the server''s first superuser';

-- Its result is another: see successors.sql.
alter function cerebro._loopback() rename to _loopback_before;
