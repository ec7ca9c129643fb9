-- head: cheap enough to ask in every statement
select
    id, config, installation,
    (select extversion from pg_catalog.pg_extension where extname = 'cerebro_db') as extension
from cerebro._serving
where run = $1::text;

-- model: once a session, and again where the run is another
select encoding, state from cerebro._serving where id = $1::bigint;

-- visible: why there is nothing to serve
select status from cerebro.runs where run = $1::text;

-- names: what a misspelt name may have meant
select run as name from cerebro.runs order by run;
