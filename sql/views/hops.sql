create view cerebro.hops with (security_barrier = true) as
select
    r.name as run,
    u.config,
    u.epoch,
    u."partition",
    u.position,
    u.worker,
    u.pid,
    u.rows,
    u.state_bytes,
    u.started,
    u.finished,
    pg_catalog.round(extract(epoch from u.finished - u.started)::numeric, 3)::float8 as seconds,
    u.segment,
    pg_catalog.round(
        extract(
            epoch from u.started - lag(u.finished) over (
                partition by r.name, u.worker order by u.started
            )
        )::numeric,
        3
    )::float8 as idle,
    u.fold
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
comment on column cerebro.hops.run is
    'Name of the search';
comment on column cerebro.hops.config is
    'Number of the configuration in its run';
comment on column cerebro.hops.epoch is
    'Counted from 1';
comment on column cerebro.hops."partition" is
    'Counted from 0';
comment on column cerebro.hops.worker is
    'Which of the workers of the run, from 0';
comment on column cerebro.hops.segment is
    'Where the worker trained: the Greenplum segment''s content id, 0 on PostgreSQL';
comment on column cerebro.hops.rows is
    'Training rows of the partition';
comment on column cerebro.hops.started is
    'When the worker began';
comment on column cerebro.hops.finished is
    'When the worker was done';
comment on column cerebro.hops.seconds is
    'From start to end';
comment on column cerebro.hops.idle is
    'Seconds since the worker''s last sub-epoch of the search: the hop, and reading rows that it did not hold';
comment on column cerebro.hops.fold is
    'Whose network it is, which is trained on the other partitions and measured on those of its fold; 0 where there are no folds, and for the network that is trained on all rows in the end';
