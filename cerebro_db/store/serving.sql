-- head: cheap enough to ask in every statement
select id, config from cerebro._serving where run = $1::text and rank = 1;

-- body: what a prediction needs, once a session
select spec, encoding, state from cerebro._serving where run = $1::text and rank = 1;

-- visible: why there is nothing to serve
select status from cerebro.runs where run = $1::text;

-- names: what a misspelt name may have meant
select run as name from cerebro.runs order by run;
