create view cerebro.configs as
select
    r.name as run,
    c.config,
    c.params,
    case
        when c.status in ('waiting', 'running') and r.status <> 'running' then 'stopped'
        else c.status
    end as status,
    coalesce(u.epochs, 0) as epochs,
    coalesce(u.units, 0) as units,
    d.partitions * r.epochs as units_planned,
    coalesce(u.seconds, 0) as seconds,
    u.state_bytes,
    c.error
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
join cerebro._datasets d on d.id = r.dataset
left join lateral (
    select
        count(*) as units,
        count(*) / d.partitions as epochs,
        sum(extract(epoch from u.finished - u.started))::float8 as seconds,
        max(u.state_bytes) as state_bytes
    from cerebro._units u
    where u.run = c.run and u.config = c.config
) u on true;

comment on view cerebro.configs is
    'Configurations of each run: the values that the search chose, and how far they are trained';
comment on column cerebro.configs.units is
    'Sub-epochs that are trained and committed';
comment on column cerebro.configs.seconds is
    'Time that workers spent on it';
comment on column cerebro.configs.run is
    'Name of the search';
comment on column cerebro.configs.config is
    'Number of the configuration in its run';
comment on column cerebro.configs.params is
    'Values that the search chose';
comment on column cerebro.configs.status is
    'waiting, running, finished, stopped, diverged or failed';
comment on column cerebro.configs.epochs is
    'Whole epochs that are trained';
comment on column cerebro.configs.units_planned is
    'Sub-epochs that it is to train';
comment on column cerebro.configs.state_bytes is
    'Size of its state: weights and optimizer';
comment on column cerebro.configs.error is
    'Why it diverged or failed';
