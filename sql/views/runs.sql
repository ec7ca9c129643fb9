create view cerebro.runs with (security_barrier = true) as
select
    r.name as run,
    r.owner,
    d.name as dataset,
    d.task,
    r.status,
    (select count(*) from cerebro._configs c where c.run = r.id) as configs,
    r.epochs,
    r.workers,
    d.partitions,
    r.metric,
    r.higher_is_better,
    r.model,
    r.space,
    r.search,
    r.seed,
    r.options,
    r.started,
    r.finished,
    pg_catalog.round(
        extract(epoch from coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started)::numeric, 3
    )::float8 as seconds,
    r.error,
    r.created,
    r.submitted,
    r.attempts,
    -- A planner that died in the line has left it standing.
    case when r.status = 'queued' then r.queued_behind end as queued_behind,
    r.shared_with,
    r.code,
    r.description,
    r.tags
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset;

comment on view cerebro.runs is
    'Searches of the roles whose rights you have and those shared with them, and how they stand';
comment on column cerebro.runs.status is
    'queued, running, finished, stopped, cancelled, failed, or interrupted: its planner is gone without a word';
comment on column cerebro.runs.run is
    'Name of the search';
comment on column cerebro.runs.owner is
    'Role that it belongs to';
comment on column cerebro.runs.dataset is
    'Dataset that it trains on';
comment on column cerebro.runs.task is
    'binary, multiclass, regression or multilabel';
comment on column cerebro.runs.configs is
    'Number of configurations so far';
comment on column cerebro.runs.epochs is
    'Passes over the training rows that each configuration is to make';
comment on column cerebro.runs.workers is
    'Sessions that train at once';
comment on column cerebro.runs.partitions is
    'Parts of the training rows, which configurations visit one after the other';
comment on column cerebro.runs.metric is
    'What ranks the configurations';
comment on column cerebro.runs.higher_is_better is
    'Direction of the metric';
comment on column cerebro.runs.model is
    'Argument model of cerebro_fit';
comment on column cerebro.runs.space is
    'What was searched';
comment on column cerebro.runs.search is
    'How it was searched';
comment on column cerebro.runs.seed is
    'What all randomness comes from';
comment on column cerebro.runs.options is
    'Argument options of cerebro_fit, with defaults';
comment on column cerebro.runs.started is
    'When a planner first took it up';
comment on column cerebro.runs.finished is
    'When it ended';
comment on column cerebro.runs.seconds is
    'From start to end, or to now';
comment on column cerebro.runs.error is
    'What ended it early';
comment on column cerebro.runs.created is
    'When it was written down';
comment on column cerebro.runs.submitted is
    'Whether it is the queue''s: cerebro_run_queue takes it up, and again when its planner has died';
comment on column cerebro.runs.attempts is
    'How many planners have taken it up';
comment on column cerebro.runs.queued_behind is
    'Whom it waits for, while it waits its turn';
comment on column cerebro.runs.shared_with is
    'Roles that may see it and predict with it too';
comment on column cerebro.runs.code is
    'Registered code that its configurations use, each as name@ and the beginning of the sha256: see cerebro.code';
comment on column cerebro.runs.description is
    'What its owner says of it: option description, or cerebro_describe';
comment on column cerebro.runs.tags is
    'Words by which its owner finds it: option tags, or cerebro_describe';
