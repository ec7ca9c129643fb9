-- The one place that says which epoch of a configuration counts: its best one, or the last where the run
-- does not want the best back, as all that were asked for before there was that option. Best is the
-- highest value (lowest, where the run's metric is so), and the earliest epoch of several; where no epoch
-- has a value, or the run wants it so, the loss decides. NaN is what the rows do not define: it counts below everything.
create view cerebro._trained as
select
    t.run,
    t.config,
    t.epochs,
    t.seconds,
    pg_catalog.abs(t.best[3])::int as best_epoch
from (
    select
        e.run,
        e.config,
        max(e.epoch) as epochs,
        sum(e.seconds) as seconds,
        -- Compared from left to right.
        max(
            case
                when coalesce(r.options ->> 'restore_best', 'false') = 'false'
                    then array[0, 0, e.epoch]::float8[]
                when r.options ->> 'restore_best' = 'loss' or nullif(e.value, 'NaN') is null
                    then array['-infinity', -coalesce(
                        nullif(coalesce(e.validation ->> 'loss', e.training ->> 'loss')::float8, 'NaN'),
                        'infinity'
                    ), -e.epoch]::float8[]
                else array[case when r.higher_is_better then e.value else -e.value end, 0, -e.epoch]::float8[]
            end
        ) as best
    from cerebro._epochs e
    join cerebro._runs r on r.id = e.run
    group by e.run, e.config
) t;

comment on view cerebro._trained is
    'How far each configuration is trained, and which of its epochs counts';
