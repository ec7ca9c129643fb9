create view cerebro.progress with (security_barrier) as
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
    end as remaining
from (
    select
        r.run,
        r.status,
        r.configs,
        (select count(*) from cerebro.configs c
         where c.run = r.run and c.status not in ('waiting', 'running')) as configs_finished,
        (select coalesce(sum(c.units), 0)::bigint from cerebro.configs c
         where c.run = r.run) as units,
        (select coalesce(sum(case when c.status in ('waiting', 'running') then c.units_planned
                                  else c.units end), 0)::bigint
         from cerebro.configs c
         where c.run = r.run) as units_planned,
        coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started as elapsed
    from cerebro.runs r
) p;

comment on view cerebro.progress is
    'How far each run is, from what its workers have committed';
comment on column cerebro.progress.units_planned is
    'Sub-epochs in all, without those of configurations that ended early';
comment on column cerebro.progress.remaining is
    'Estimated time to the end, at the speed so far';
comment on column cerebro.progress.run is
    'Name of the search';
comment on column cerebro.progress.status is
    'running, finished, cancelled, failed or interrupted';
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
