-- Whoever wrote a configuration before there were such parts, has all of it in its own.
create function cerebro._spec(own jsonb, common jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $sql$
    select case
        when common is null then own
        else (
            select json_object_agg(part.key, part.value)::jsonb
            from (
                select o.key, o.value from jsonb_each(own) o
                union all
                select c.key, c.value from jsonb_each(common) c
            ) part
        )
    end
$sql$;

comment on function cerebro._spec(jsonb, jsonb) is
    'A whole configuration of what is its own, and what it has in common with others';
