create view cerebro.progress with (security_barrier = true) as
select
    p.run,
    p.status,
    p.configs,
    p.configs_finished,
    p.units,
    p.units_planned,
    pg_catalog.round((100.0 * p.units / nullif(p.units_planned, 0))::numeric, 1)::float8 as percent,
    p.elapsed,
    case
        when p.status = 'running' and p.units > 0
        then p.elapsed * ((p.units_planned - p.units)::float8 / p.units)
    end as remaining,
    pg_catalog.round(extract(epoch from p.elapsed)::numeric, 3)::float8 as elapsed_seconds,
    case
        when p.status = 'running' and p.units > 0
        then pg_catalog.round(
            (extract(epoch from p.elapsed) * (p.units_planned - p.units) / p.units)::numeric, 3
        )::float8
    end as remaining_seconds
from (
    select
        r.run,
        r.status,
        r.configs,
        coalesce(c.finished, 0) as configs_finished,
        coalesce(c.units, 0) as units,
        coalesce(c.units_planned + coalesce(c.refits, 0) * r.partitions + c.given_up, 0)
            as units_planned,
        coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started as elapsed
    from cerebro.runs r
    left join (
        select
            run,
            count(*) filter (where status not in ('waiting', 'running', 'paused')) as finished,
            sum(units + refit_units)::bigint as units,
            sum(case when status in ('waiting', 'running') then units_planned else units end)::bigint
                as units_planned,
            sum(refit)::bigint as refits,
            sum(case when refit is null then refit_units else 0 end)::bigint as given_up
        from cerebro.configs
        group by run
    ) c on c.run = r.run
) p;

comment on view cerebro.progress is
    'How far each run is, from what its workers have committed';
comment on column cerebro.progress.units_planned is
    'Sub-epochs in all, as far as the search has decided, without those of configurations that ended early';
comment on column cerebro.progress.remaining is
    'Estimated time to the end, at the speed so far';
comment on column cerebro.progress.run is
    'Name of the search';
comment on column cerebro.progress.status is
    'As in cerebro.runs';
comment on column cerebro.progress.configs is
    'Number of configurations so far';
comment on column cerebro.progress.configs_finished is
    'Configurations that are done, well or not';
comment on column cerebro.progress.units is
    'Sub-epochs that are trained and committed';
comment on column cerebro.progress.percent is
    'Share of the planned sub-epochs that is done';
comment on column cerebro.progress.elapsed is
    'Time since the start, or from start to end';
comment on column cerebro.progress.elapsed_seconds is
    'The same as a number, for tools that show no interval';
comment on column cerebro.progress.remaining_seconds is
    'The same as a number, for tools that show no interval';
