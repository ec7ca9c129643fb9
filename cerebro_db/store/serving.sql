-- isolation: a fit of this very transaction is not in its snapshot
select pg_catalog.current_setting('transaction_isolation') as isolation;

-- compiles_queries: older servers have no such setting
select pg_catalog.count(*) as found
from pg_catalog.pg_settings
where name operator(pg_catalog.=) 'jit' and setting operator(pg_catalog.=) 'on';

-- catch_up: a session hears of rights that others have changed when it takes a lock that it does not
-- hold. This takes one for a moment, on a catalog that nothing else here reads
select pg_catalog.pg_relation_is_updatable('pg_catalog.pg_language'::pg_catalog.regclass, false);
