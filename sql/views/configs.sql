create view cerebro.configs with (security_barrier = true) as
select
    r.name as run,
    c.config,
    c.params,
    case
        when c.status not in ('waiting', 'running', 'paused') or r.status = 'running' then c.status
        when r.status not in ('queued', 'interrupted') then 'stopped'
        when c.status = 'paused' then 'paused'
        else 'waiting'
    end as status,
    (coalesce(c.start_units, 0) + count(case when d.folds = 0 or u.fold > 0 then u.run end))
        / coalesce(d.hops, d.partitions) as epochs,
    coalesce(c.start_units, 0) + count(case when d.folds = 0 or u.fold > 0 then u.run end) as units,
    coalesce(d.hops, d.partitions) * coalesce(c.until, c.epochs, r.epochs) as units_planned,
    pg_catalog.round(coalesce(sum(extract(epoch from u.finished - u.started)), 0)::numeric, 3)::float8
        as seconds,
    max(u.state_bytes) as state_bytes,
    c.error,
    c.origin,
    c.parent,
    (
        select pg_catalog.string_agg(p.key || '=' || p.value, ', ' order by p.key)
        from pg_catalog.jsonb_each_text(c.params) p
    ) as params_text,
    t.best_epoch,
    coalesce(c.reason, c.error) as reason,
    c.bracket,
    c.rung,
    coalesce(c.until, c.epochs, r.epochs) as until,
    c.refit,
    count(case when d.folds > 0 and u.fold = 0 then u.run end) as refit_units,
    coalesce(c.spec ->> 'framework', r.options ->> 'framework', 'tensorflow') as framework
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
join cerebro._datasets d on d.id = r.dataset
left join cerebro._units u on u.run = c.run and u.config = c.config
left join cerebro._trained t on t.run = c.run and t.config = c.config
group by r.name, r.status, r.epochs, r.options, c.run, c.config, d.id, t.best_epoch;

comment on view cerebro.configs is
    'Configurations of each run: the values that the search chose, and how far they are trained';
comment on column cerebro.configs.units is
    'Sub-epochs that are trained and committed; of a clone with those of its parent before';
comment on column cerebro.configs.seconds is
    'Time that workers spent on it';
comment on column cerebro.configs.run is
    'Name of the search';
comment on column cerebro.configs.config is
    'Number of the configuration in its run';
comment on column cerebro.configs.params is
    'Values that the search chose';
comment on column cerebro.configs.status is
    'waiting, running, paused by the search, resting because somebody wants it, finished, stopped, diverged or failed';
comment on column cerebro.configs.epochs is
    'Whole epochs that are trained';
comment on column cerebro.configs.units_planned is
    'Sub-epochs that it is to train, until the search decides again';
comment on column cerebro.configs.state_bytes is
    'Size of its state: weights and optimizer';
comment on column cerebro.configs.error is
    'Why it diverged or failed';
comment on column cerebro.configs.origin is
    'Who proposed it: search, added by cerebro_add, or clone by cerebro_clone';
comment on column cerebro.configs.parent is
    'The configuration that it is a clone of';
comment on column cerebro.configs.params_text is
    'The same as text, name=value, for tools that show no JSON';
comment on column cerebro.configs.best_epoch is
    'Epoch that ranks it, and whose state predicts: its best one, or its last where the run''s option restore_best is false';
comment on column cerebro.configs.reason is
    'Why the search had it stopped, or paused, or go on, the last time; or why it diverged or failed';
comment on column cerebro.configs.bracket is
    'Bracket of the search that it belongs to, from 0';
comment on column cerebro.configs.rung is
    'Rung of its bracket that it has reached, from 0';
comment on column cerebro.configs.until is
    'Epoch until which it may train for now';
comment on column cerebro.configs.refit is
    'Of folds, how many epochs the one network is trained for, on all rows, that predicts in place of theirs; NULL: there is none';
comment on column cerebro.configs.refit_units is
    'Sub-epochs of that network that are trained and committed';
comment on column cerebro.configs.framework is
    'What trains it: tensorflow, jax or torch';
