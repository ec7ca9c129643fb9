-- kept: the state of a configuration that its run keeps: the stated one, or the best
select k.config, k.units, cerebro._spec(c.spec, s.document) as spec, c.params, d.encoding
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
join cerebro._runs r on r.id = k.run
join cerebro._datasets d on d.id = r.dataset
where k.run = $1::bigint and k.config = coalesce($2::int, k.config)
    and ($2::int is not null or k.rank = 1)
order by k.rank, k.units desc, k.fold
limit 1;

-- kept_configs: whose states a run keeps
select distinct config from cerebro._kept_states where run = $1::bigint order by config;

-- kept_state: see kept
select state from cerebro._kept_states where run = $1::bigint and config = $2::int and units = $3::int
order by fold
limit 1;

-- code_there: a version of registered code, whether it is the current one or not
select 1 as found
from cerebro._code
where name = $1::text and kind = $2::text and sha256 = $3::text;

-- add: a run's own copy, which stays when the other run is dropped
insert into cerebro._pretrained (run, sha256, source, state)
values ($1::bigint, $2::text, $3::jsonb, $4::bytea);

-- state: for workers that are handed it
select state from cerebro._pretrained where run = $1::bigint and sha256 = $2::text;

-- of_run: without the weights themselves
select sha256, source from cerebro._pretrained where run = $1::bigint;
