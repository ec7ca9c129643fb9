create view cerebro.hops with (security_barrier) as
select
    r.name as run,
    u.config,
    u.epoch,
    u.partition,
    u.position,
    u.worker,
    u.pid,
    u.rows,
    u.state_bytes,
    u.started,
    u.finished,
    extract(epoch from u.finished - u.started)::float8 as seconds
from cerebro._units u
join cerebro._runs r on r.id = u.run
where pg_catalog.pg_has_role(r.owner, 'member');

comment on view cerebro.hops is
    'Who trained what, where and when: one row a sub-epoch';
comment on column cerebro.hops.position is
    'Place of the partition in the configuration''s order of the epoch, from 0';
comment on column cerebro.hops.pid is
    'Process id of the worker''s backend';
comment on column cerebro.hops.state_bytes is
    'Size of the state that hopped on';
