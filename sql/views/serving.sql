-- What a prediction needs, for those who may use the run: read with the caller's rights in the caller's
-- session. Large: select only the columns that you need.
create view cerebro._serving with (security_barrier) as
select
    r.name as run,
    r.id,
    k.rank,
    k.config,
    c.spec,
    d.encoding,
    k.state
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
join cerebro._kept_states k on k.run = r.id
join cerebro._configs c on c.run = k.run and c.config = k.config
where pg_catalog.pg_has_role(r.owner, 'member');

comment on view cerebro._serving is
    'Specification, encoding and state of the kept configurations of each run';
