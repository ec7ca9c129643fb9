-- NaN sorts above all numbers in PostgreSQL, so it is turned into NULL to rank last either way.
create view cerebro.leaderboard with (security_barrier = true) as
select
    r.name as run,
    (pg_catalog.rank() over (
        partition by r.name
        order by
            c.status in ('diverged', 'failed'),
            case when r.higher_is_better then -nullif(e.value, 'NaN') else nullif(e.value, 'NaN') end
                nulls last,
            nullif(coalesce(e.validation ->> 'loss', e.training ->> 'loss')::float8, 'NaN')
                nulls last,
            c.config
    ))::int as rank,
    c.config,
    c.params,
    r.metric,
    nullif(e.value, 'NaN') as value,
    nullif((e.training ->> 'loss')::float8, 'NaN') as loss,
    nullif((e.validation ->> 'loss')::float8, 'NaN') as validation_loss,
    coalesce(trained.epochs, 0) as epochs,
    pg_catalog.round(coalesce(trained.seconds, 0)::numeric, 3)::float8 as seconds,
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
    trained.best_epoch
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
left join cerebro._trained trained on trained.run = c.run and trained.config = c.config
left join cerebro._epochs e
    on e.run = trained.run and e.config = trained.config and e.epoch = trained.best_epoch;

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
    'Number of the configuration in its run';
comment on column cerebro.leaderboard.params is
    'Values that the search chose';
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
