-- On the caller's search path, so with every name in full; what the grammar knows, like bigint, has one.

-- head: the networks of what serves the run, or of one configuration by its number, and after an ensemble
-- those of the best configuration; or, of either, the networks of the folds where others answer; cheap
-- enough to ask in every statement
select
    id, config, member, fold, weight, units, threshold, installation,
    (
        select extversion
        from pg_catalog.pg_extension
        where extname operator(pg_catalog.=) 'cerebro_db'
    ) as extension
from cerebro._serving
where run operator(pg_catalog.=) $1::pg_catalog.text
    and case
        when $2::int is null then rank operator(pg_catalog.<=) 1
        else config operator(pg_catalog.=) $2::int
    end
    and case when $3::boolean then fold operator(pg_catalog.>) 0 else answers end
order by rank, member, fold;

-- model: once a session, and again where the head is another
select encoding, state, spec operator(pg_catalog.->>) 'framework'::pg_catalog.text as framework
from cerebro._serving
where id operator(pg_catalog.=) $1::bigint
    and config operator(pg_catalog.=) $2::int
    and units operator(pg_catalog.=) $3::int
    and fold operator(pg_catalog.=) $4::int;

-- definition: of a model, where the process that asks computes it with its framework
select spec, state
from cerebro._serving
where id operator(pg_catalog.=) $1::bigint
    and config operator(pg_catalog.=) $2::int
    and units operator(pg_catalog.=) $3::int
    and fold operator(pg_catalog.=) $4::int;

-- visible: why there is nothing to serve
select status from cerebro.runs where run operator(pg_catalog.=) $1::pg_catalog.text;

-- configs: which of a run's could serve, best first, and why others do not
select distinct c.config, c.status, s.rank
from cerebro.configs c
left join cerebro._serving s
    on s.run operator(pg_catalog.=) c.run and s.config operator(pg_catalog.=) c.config
where c.run operator(pg_catalog.=) $1::pg_catalog.text
order by s.rank, c.config;

-- names: what a misspelt name may have meant
select run as name from cerebro.runs order by run;
