-- NaN sorts above all numbers in PostgreSQL, so it is turned into NULL to rank last either way. A run's
-- ensemble has a line of its own, as if it were a configuration of number 0.
create view cerebro.leaderboard with (security_barrier = true) as
select
    r.name as run,
    (pg_catalog.rank() over (
        partition by r.name
        order by
            c.status in ('diverged', 'failed'),
            case when r.higher_is_better then -nullif(c.value, 'NaN') else nullif(c.value, 'NaN') end
                nulls last,
            nullif(coalesce(c.validation ->> 'loss', c.training ->> 'loss')::float8, 'NaN')
                nulls last,
            c.config
    ))::int as rank,
    c.config,
    c.params,
    r.metric,
    nullif(c.value, 'NaN') as value,
    nullif((c.training ->> 'loss')::float8, 'NaN') as loss,
    nullif((c.validation ->> 'loss')::float8, 'NaN') as validation_loss,
    coalesce(c.epochs, 0) as epochs,
    pg_catalog.round(coalesce(c.seconds, 0)::numeric, 3)::float8 as seconds,
    case
        when c.status not in ('waiting', 'running', 'paused') or r.status = 'running' then c.status
        when r.status not in ('queued', 'interrupted') then 'stopped'
        when c.status = 'paused' then 'paused'
        else 'waiting'
    end as status,
    (
        select pg_catalog.string_agg(p.key || '=' || p.value, ', ' order by p.key)
        from pg_catalog.jsonb_each_text(c.params) p
    ) as params_text,
    c.best_epoch,
    a.threshold,
    nullif(c.deviation, 'NaN') as deviation,
    c.refit
from cerebro._my_runs r
join (
    select
        own.run,
        own.config,
        own.params,
        own.status,
        e.value,
        e.training,
        e.validation,
        t.epochs,
        t.seconds,
        t.best_epoch,
        e.deviation,
        own.refit
    from cerebro._configs own
    left join cerebro._trained t on t.run = own.run and t.config = own.config
    left join cerebro._epochs e
        on e.run = t.run and e.config = t.config and e.epoch = t.best_epoch
    union all
    select
        m.run,
        m.config,
        (
            '{"members": {'
            || pg_catalog.string_agg(
                '"' || m.member::text || '": ' || m.weight::text, ', ' order by m.member
            )
            || '}}'
        )::jsonb,
        'finished',
        found.value,
        null::jsonb,
        found.validation,
        null::int,
        found.seconds,
        null::int,
        null::float8,
        null::int
    from cerebro._members m
    join cerebro._appraisals found on found.run = m.run and found.config = m.config
    group by m.run, m.config, found.value, found.validation, found.seconds
) c on c.run = r.id
left join cerebro._appraisals a on a.run = c.run and a.config = c.config;

comment on view cerebro.leaderboard is
    'Configurations of each run, best first by rank, as of their best epoch';
comment on column cerebro.leaderboard.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.leaderboard.loss is
    'Loss on the training rows, in the best epoch as all figures';
comment on column cerebro.leaderboard.run is
    'Name of the search';
comment on column cerebro.leaderboard.rank is
    '1 is best';
comment on column cerebro.leaderboard.config is
    'Number of the configuration in its run; 0 is the run''s ensemble, the weighted mean of several';
comment on column cerebro.leaderboard.params is
    'Values that the search chose; of an ensemble its members, by number, with their weights';
comment on column cerebro.leaderboard.metric is
    'What ranks the configurations';
comment on column cerebro.leaderboard.validation_loss is
    'Loss on the validation rows';
comment on column cerebro.leaderboard.epochs is
    'Whole epochs that are trained';
comment on column cerebro.leaderboard.seconds is
    'Time that workers spent on it';
comment on column cerebro.leaderboard.status is
    'As in cerebro.configs';
comment on column cerebro.leaderboard.params_text is
    'The same as text, name=value, for tools that show no JSON';
comment on column cerebro.leaderboard.best_epoch is
    'Epoch that the figures are taken after: its best one, or its last where the run''s option restore_best is false';
comment on column cerebro.leaderboard.threshold is
    'Above which probability a class is predicted, of several labels each; NULL: the more probable is';
comment on column cerebro.leaderboard.deviation is
    'Of folds, by how much their values differ: the standard deviation';
comment on column cerebro.leaderboard.refit is
    'As in cerebro.configs: of how many epochs the network is that is trained on all rows, and predicts';
