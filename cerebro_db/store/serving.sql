-- isolation: a fit of this very transaction is not in its snapshot
select current_setting('transaction_isolation') as isolation;

-- kept_state: a model's definition and weights, where the process that asks predicts itself
select c.spec, k.state
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
where k.run = $1::bigint and k.config = $2::int;

-- compiles_queries: older servers have no such setting
select count(*) as found from pg_catalog.pg_settings where name = 'jit' and setting = 'on';
