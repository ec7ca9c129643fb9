-- As serving_views.sql, out of the replicated tables themselves: a function on a Greenplum segment may read
-- these, but no view.

-- head: the networks of what serves the run, or of one configuration by its number, and after an ensemble
-- those of the best configuration; or, of either, the networks of the folds where others answer; cheap
-- enough to ask in every statement
select
    r.id,
    s.config,
    s.member,
    k.fold,
    s.weight operator(pg_catalog./) (
        select pg_catalog.count(*)::float8
        from cerebro._kept_states f
        where f.run operator(pg_catalog.=) k.run
            and f.config operator(pg_catalog.=) k.config
            and f.rank is not null
            and (f.fold operator(pg_catalog.=) 0) operator(pg_catalog.=)
                (k.fold operator(pg_catalog.=) 0)
    ) as weight,
    k.units,
    a.threshold,
    (
        select e.oid::bigint
        from pg_catalog.pg_extension e
        where e.extname operator(pg_catalog.=) 'cerebro_db'
    ) as installation,
    (
        select extversion
        from pg_catalog.pg_extension
        where extname operator(pg_catalog.=) 'cerebro_db'
    ) as extension
from cerebro._runs r
join (
    select distinct own.run, own.config, own.config as member, 1::float8 as weight, own.rank
    from cerebro._kept_states own
    where own.rank is not null
    union all
    select m.run, m.config, m.member, m.weight, 0
    from cerebro._members m
) s on s.run operator(pg_catalog.=) r.id
join cerebro._kept_states k
    on k.run operator(pg_catalog.=) s.run
    and k.config operator(pg_catalog.=) s.member
    and k.rank is not null
left join cerebro._appraisals a
    on a.run operator(pg_catalog.=) s.run and a.config operator(pg_catalog.=) s.config
where r.name operator(pg_catalog.=) $1::pg_catalog.text
    and case
        when $2::int is null then s.rank operator(pg_catalog.<=) 1
        else s.config operator(pg_catalog.=) $2::int
    end
    and case
        when $3::boolean then k.fold operator(pg_catalog.>) 0
        when k.fold operator(pg_catalog.>) 0 then not exists (
            select 1
            from cerebro._kept_states f
            where f.run operator(pg_catalog.=) k.run
                and f.config operator(pg_catalog.=) k.config
                and f.rank is not null
                and f.fold operator(pg_catalog.=) 0
        )
        else true
    end
    and cerebro._uses(current_user::pg_catalog.text, r.owner, r.shared_with)
order by s.rank, s.member, k.fold;

-- model: once a session, and again where the head is another
select
    d.encoding,
    k.state,
    c.spec operator(pg_catalog.->>) 'framework'::pg_catalog.text as framework
from cerebro._runs r
join cerebro._datasets d on d.id operator(pg_catalog.=) r.dataset
join cerebro._kept_states k on k.run operator(pg_catalog.=) r.id and k.rank is not null
join cerebro._configs c
    on c.run operator(pg_catalog.=) k.run and c.config operator(pg_catalog.=) k.config
where r.id operator(pg_catalog.=) $1::bigint
    and k.config operator(pg_catalog.=) $2::int
    and k.units operator(pg_catalog.=) $3::int
    and k.fold operator(pg_catalog.=) $4::int
    and cerebro._uses(current_user::pg_catalog.text, r.owner, r.shared_with);

-- definition: of a model, which the process that asks computes with its framework
select cerebro._spec(c.spec, s.document) as spec, k.state
from cerebro._runs r
join cerebro._kept_states k on k.run operator(pg_catalog.=) r.id and k.rank is not null
join cerebro._configs c
    on c.run operator(pg_catalog.=) k.run and c.config operator(pg_catalog.=) k.config
left join cerebro._specs s
    on s.run operator(pg_catalog.=) c.run and s.sha256 operator(pg_catalog.=) c.common
where r.id operator(pg_catalog.=) $1::bigint
    and k.config operator(pg_catalog.=) $2::int
    and k.units operator(pg_catalog.=) $3::int
    and k.fold operator(pg_catalog.=) $4::int
    and cerebro._uses(current_user::pg_catalog.text, r.owner, r.shared_with);

-- visible: why there is nothing to serve
select status
from cerebro._runs
where name operator(pg_catalog.=) $1::pg_catalog.text
    and cerebro._uses(current_user::pg_catalog.text, owner, shared_with);

-- configs: which of a run's could serve, best first, and why others do not
select distinct c.config, c.status, k.rank
from cerebro._runs r
join cerebro._configs c on c.run operator(pg_catalog.=) r.id
left join cerebro._kept_states k
    on k.run operator(pg_catalog.=) c.run
    and k.config operator(pg_catalog.=) c.config
    and k.rank is not null
where r.name operator(pg_catalog.=) $1::pg_catalog.text
    and cerebro._uses(current_user::pg_catalog.text, r.owner, r.shared_with)
order by k.rank, c.config;

-- names: what a misspelt name may have meant
select name
from cerebro._runs
where cerebro._uses(current_user::pg_catalog.text, owner, shared_with)
order by name;
