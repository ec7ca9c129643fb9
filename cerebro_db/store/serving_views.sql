-- head: cheap enough to ask in every statement
select id, config, installation from cerebro._serving where run = $1::text;

-- encoding: once a session
select encoding from cerebro._serving where run = $1::text;

-- visible: why there is nothing to serve
select status from cerebro.runs where run = $1::text;

-- names: what a misspelt name may have meant
select run as name from cerebro.runs order by run;
