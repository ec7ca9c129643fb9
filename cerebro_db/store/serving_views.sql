-- On the caller's search path, so with every name in full; what the grammar knows, like bigint, has one.

-- head: cheap enough to ask in every statement
select
    id, config, installation,
    (
        select extversion
        from pg_catalog.pg_extension
        where extname operator(pg_catalog.=) 'cerebro_db'
    ) as extension
from cerebro._serving
where run operator(pg_catalog.=) $1::pg_catalog.text;

-- model: once a session, and again where the run is another
select encoding, state from cerebro._serving where id operator(pg_catalog.=) $1::bigint;

-- definition: of a model, where the process that asks computes it with its framework
select spec, state
from cerebro._serving
where id operator(pg_catalog.=) $1::bigint and config operator(pg_catalog.=) $2::int;

-- visible: why there is nothing to serve
select status from cerebro.runs where run operator(pg_catalog.=) $1::pg_catalog.text;

-- names: what a misspelt name may have meant
select run as name from cerebro.runs order by run;
