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
    coalesce(e.epoch, 0) as epochs,
    pg_catalog.round(coalesce(trained.seconds, 0)::numeric, 3)::float8 as seconds,
    case
        when c.status not in ('waiting', 'running') or r.status = 'running' then c.status
        when r.status in ('queued', 'interrupted') then 'waiting'
        else 'stopped'
    end as status,
    (
        select pg_catalog.string_agg(p.key || '=' || p.value, ', ' order by p.key)
        from pg_catalog.jsonb_each_text(c.params) p
    ) as params_text
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
left join (
    select run, config, max(epoch) as epoch, sum(seconds) as seconds
    from cerebro._epochs
    group by run, config
) trained on trained.run = c.run and trained.config = c.config
left join cerebro._epochs e
    on e.run = trained.run and e.config = trained.config and e.epoch = trained.epoch;

comment on view cerebro.leaderboard is
    'Configurations of each run, best first by rank, as of their last finished epoch';
comment on column cerebro.leaderboard.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.leaderboard.loss is
    'Loss on the training rows';
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
    'Epochs that the figures are taken after';
comment on column cerebro.leaderboard.seconds is
    'Time that workers spent on it';
comment on column cerebro.leaderboard.status is
    'waiting, running, finished, stopped, diverged or failed';
comment on column cerebro.leaderboard.params_text is
    'The same as text, name=value, for tools that show no JSON';
