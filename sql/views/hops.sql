create view cerebro.hops as
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
join cerebro._my_runs r on r.id = u.run;

comment on view cerebro.hops is
    'Who trained what, where and when: one row a sub-epoch';
comment on column cerebro.hops.position is
    'Place of the partition in the configuration''s order of the epoch, from 0';
comment on column cerebro.hops.pid is
    'Process id of the worker''s backend';
comment on column cerebro.hops.state_bytes is
    'Size of the state that hopped on';
