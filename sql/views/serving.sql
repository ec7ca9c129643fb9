-- What a prediction needs in the caller's session, for those who may use the run. Rank 1 is the best;
-- of each configuration one state at most has a rank. What each statement asks is who serves: outer joins,
-- though there is always a row, so that the planner leaves out those that nothing is asked of.
create view cerebro._serving with (security_barrier = true) as
select
    r.name as run,
    r.id,
    k.config,
    d.encoding,
    k.state,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation,
    cerebro._spec(c.spec, s.document) as spec,
    k.rank,
    k.units
from cerebro._my_runs r
left join cerebro._datasets d on d.id = r.dataset
join cerebro._kept_states k on k.run = r.id and k.rank is not null
left join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common;

comment on view cerebro._serving is
    'Configurations of each run that predict, with their weights, and how rows are encoded';
