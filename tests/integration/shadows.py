"""Traps: a function, operator, type and view under the name of each of the server's own, which
raise an error when they are used in its place. Whoever may create objects in a schema of the search
path, and each session in pg_temp, can set such ones."""

from __future__ import annotations

from fix_server import Connection

# 11 is pg_catalog.
SPRUNG = "a trap was sprung"

# Functions of these types for those that take any type.
_CONCRETE = ["bool", "int4", "int8", "float8", "text", "name", "oid", "jsonb"]

_FUNCTIONS = """
do $do$
declare
    made record;
begin
    set local search_path = pg_catalog, pg_temp;
    set local check_function_bodies = off;
    create function public.sprung() returns bool language plpgsql as
        $trap$ begin raise exception 'a trap was sprung'; end $trap$;
    for made in
        select distinct p.proname, taken.arguments,
            case when r.typtype = 'p' then 'bool' else p.prorettype::regtype::text end as result
        from pg_proc p
        join pg_type r on r.oid = p.prorettype
        cross join unnest($concrete) as concrete
        cross join lateral (
            select coalesce(string_agg(
                case
                    when t.typname in ('anyarray', 'anycompatiblearray') then concrete || '[]'
                    when t.typname like 'any%' then concrete
                    else t.oid::regtype::text
                end, ', ' order by a.place), '') as arguments
            from unnest(p.proargtypes) with ordinality as a (type, place)
            join pg_type t on t.oid = a.type
        ) as taken
        where p.pronamespace = 11
    loop
        begin
            execute format(
                'create function public.%I(%s) returns %s language plpgsql as '
                '$trap$ begin raise exception ''a trap was sprung: function %s''; end $trap$',
                made.proname, made.arguments, made.result, made.proname
            );
        exception
            when duplicate_function then null;
            -- It takes a pseudo-type that only functions in C may take.
            when invalid_function_definition or feature_not_supported then null;
        end;
    end loop;
end
$do$
"""

_OPERATORS = """
do $do$
declare
    made record;
begin
    set local search_path = pg_catalog, pg_temp;
    set local check_function_bodies = off;
    for made in
        select o.oid, o.oprname,
            nullif(o.oprleft, 0)::regtype::text as left_type,
            o.oprright::regtype::text as right_type,
            o.oprresult::regtype::text as result
        from pg_operator o
        where o.oprnamespace = 11 and o.oprright <> 0
            and not exists (
                select from pg_type t
                where t.oid in (o.oprleft, o.oprright, o.oprresult) and t.typtype = 'p'
            )
    loop
        execute format(
            'create function public.operator_%s(%s) returns %s language plpgsql as '
            '$trap$ begin raise exception ''a trap was sprung: operator %s''; end $trap$',
            made.oid, concat_ws(', ', made.left_type, made.right_type), made.result,
            replace(made.oprname, '%', '%%')
        );
        execute format(
            'create operator public.%s (%s rightarg = %s, procedure = public.operator_%s)',
            made.oprname, 'leftarg = ' || made.left_type || ',', made.right_type, made.oid
        );
    end loop;
end
$do$
"""

# In pg_temp the server looks first for types and relations, unless it is told otherwise.
_TYPES_AND_VIEWS = """
do $do$
declare
    made record;
begin
    set local search_path = pg_catalog, pg_temp;
    for made in
        select typname from pg_type
        where typnamespace = 11 and typtype = 'b' and typelem = 0
    loop
        execute format(
            'create domain {schema}.%1$I as pg_catalog.%1$I check (public.sprung())', made.typname
        );
    end loop;
    for made in
        select relname from pg_class
        where relnamespace = 11 and relkind in ('r', 'v')
    loop
        begin
            execute format(
                'create view {schema}.%1$I as select * from pg_catalog.%1$I where public.sprung()',
                made.relname
            );
        -- A column of type anyarray.
        exception when invalid_table_definition then
            null;
        end;
    end loop;
end
$do$
"""


def set_traps(connection: Connection) -> None:
    """Fill schema public with traps, and have every session of the database look there first."""
    concrete = "array['" + "', '".join(_CONCRETE) + "']"
    connection.execute(_FUNCTIONS.replace("$concrete", concrete).encode())
    connection.execute(_OPERATORS.encode())
    connection.execute(_TYPES_AND_VIEWS.format(schema="public").encode())
    name = connection.info.dbname
    connection.execute(f'alter database "{name}" set search_path = public, pg_catalog'.encode())


def set_temporary_traps(connection: Connection) -> None:
    """Fill the session's pg_temp with traps."""
    connection.execute(_TYPES_AND_VIEWS.format(schema="pg_temp").encode())
