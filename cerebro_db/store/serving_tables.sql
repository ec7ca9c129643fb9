-- As serving.sql, out of the replicated tables themselves: a function on a Greenplum segment may read
-- these, but no view.

-- head: cheap enough to ask in every statement
select
    r.id,
    k.config,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation
from cerebro._runs r
join cerebro._kept_states k on k.run = r.id and k.rank = 1
where r.name = $1::text and cerebro._member(current_user::text, r.owner);

-- encoding: once a session
select d.encoding
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
where r.name = $1::text and cerebro._member(current_user::text, r.owner);

-- visible: why there is nothing to serve
select status
from cerebro._runs
where name = $1::text and cerebro._member(current_user::text, owner);

-- isolation: a fit of this very transaction is not in its snapshot
select current_setting('transaction_isolation') as isolation;

-- names: what a misspelt name may have meant
select name from cerebro._runs where cerebro._member(current_user::text, owner) order by name;

-- kept_state: a model's definition and weights, where the process that asks predicts itself
select c.spec, k.state
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
where k.run = $1::bigint and k.config = $2::int;

-- compiles_queries: older servers have no such setting
select count(*) as found from pg_catalog.pg_settings where name = 'jit' and setting = 'on';
