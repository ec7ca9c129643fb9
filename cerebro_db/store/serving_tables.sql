-- As serving_views.sql, out of the replicated tables themselves: a function on a Greenplum segment may read
-- these, but no view.

-- head: cheap enough to ask in every statement
select
    r.id,
    k.config,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation,
    (select extversion from pg_catalog.pg_extension where extname = 'cerebro_db') as extension
from cerebro._runs r
join cerebro._kept_states k on k.run = r.id and k.rank = 1
where r.name = $1::text and cerebro._member(current_user::text, r.owner);

-- model: once a session, and again where the run is another
select d.encoding, k.state
from cerebro._runs r
join cerebro._datasets d on d.id = r.dataset
join cerebro._kept_states k on k.run = r.id and k.rank = 1
where r.id = $1::bigint and cerebro._member(current_user::text, r.owner);

-- visible: why there is nothing to serve
select status
from cerebro._runs
where name = $1::text and cerebro._member(current_user::text, owner);

-- names: what a misspelt name may have meant
select name from cerebro._runs where cerebro._member(current_user::text, owner) order by name;
