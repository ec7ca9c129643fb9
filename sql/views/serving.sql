-- What a prediction needs in the caller's session, for those who may use the run.
create view cerebro._serving with (security_barrier = true) as
select
    r.name as run,
    r.id,
    k.config,
    d.encoding,
    k.state,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation,
    cerebro._spec(c.spec, s.document) as spec
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset
join cerebro._kept_states k on k.run = r.id and k.rank = 1
join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common;

comment on view cerebro._serving is
    'Best configuration of each run with its weights, and how its rows are encoded';
