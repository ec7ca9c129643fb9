-- What a prediction needs in the caller's session, for those who may use the run: the networks of which
-- the mean, by their weights, is what a configuration answers. That is its own state alone, or for config
-- 0, the run's ensemble, those of its members. Rank 1 is the best configuration, an ensemble comes before
-- it; of each configuration one state at most has a rank, or one of each fold's network: each has an equal
-- part in what it answers. Where it has a refit as well, of fold 0, that answers alone. What each statement asks is who serves: outer
-- joins, though there is always a row, so that the planner leaves out those that nothing is asked of.
create view cerebro._serving with (security_barrier = true) as
select
    r.name as run,
    r.id,
    s.config,
    d.encoding,
    k.state,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation,
    cerebro._spec(c.spec, p.document) as spec,
    s.rank,
    k.units,
    s.member,
    s.weight / (
        select count(*)
        from cerebro._kept_states f
        where f.run = k.run and f.config = k.config and f.rank is not null
            and (f.fold = 0) = (k.fold = 0)
    ) as weight,
    a.threshold,
    k.fold,
    k.fold = 0 or not exists (
        select 1
        from cerebro._kept_states f
        where f.run = k.run and f.config = k.config and f.rank is not null and f.fold = 0
    ) as answers
from cerebro._my_runs r
left join cerebro._datasets d on d.id = r.dataset
join (
    select distinct own.run, own.config, own.config as member, 1::float8 as weight, own.rank
    from cerebro._kept_states own
    where own.rank is not null
    union all
    select m.run, m.config, m.member, m.weight, 0
    from cerebro._members m
) s on s.run = r.id
join cerebro._kept_states k on k.run = s.run and k.config = s.member and k.rank is not null
left join cerebro._appraisals a on a.run = s.run and a.config = s.config
left join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs p on p.run = c.run and p.sha256 = c.common;

comment on view cerebro._serving is
    'Configurations of each run that predict, with the networks that they are the mean of, and how rows are encoded';
