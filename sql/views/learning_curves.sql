-- What the rows do not define is stored as NaN, which sorts above all numbers; JSON has it as text.
create view cerebro.learning_curves with (security_barrier = true) as
select
    r.name as run,
    e.config,
    e.epoch,
    r.metric,
    nullif(e.value, 'NaN') as value,
    nullif((e.training ->> r.metric)::float8, 'NaN') as training_value,
    nullif((e.training ->> 'loss')::float8, 'NaN') as loss,
    nullif((e.validation ->> 'loss')::float8, 'NaN') as validation_loss,
    pg_catalog.regexp_replace(e.training::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb
        as training,
    pg_catalog.regexp_replace(e.validation::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb
        as validation,
    pg_catalog.round(e.seconds::numeric, 3)::float8 as seconds,
    e.finished,
    nullif(e.deviation, 'NaN') as deviation,
    pg_catalog.regexp_replace(e.folds::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb as folds
from cerebro._epochs e
join cerebro._my_runs r on r.id = e.run;

comment on view cerebro.learning_curves is
    'Loss and metrics of each configuration after each epoch';
comment on column cerebro.learning_curves.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.learning_curves.training is
    'All metrics on the training rows, measured while training as Keras does; null where the rows do not define one';
comment on column cerebro.learning_curves.validation is
    'All metrics on the validation rows, measured after the epoch; null where the rows do not define one';
comment on column cerebro.learning_curves.seconds is
    'Time that workers spent on this configuration in this epoch';
comment on column cerebro.learning_curves.run is
    'Name of the search';
comment on column cerebro.learning_curves.config is
    'Number of the configuration in its run';
comment on column cerebro.learning_curves.epoch is
    'Counted from 1';
comment on column cerebro.learning_curves.metric is
    'What ranks the configurations';
comment on column cerebro.learning_curves.training_value is
    'The metric on the training rows';
comment on column cerebro.learning_curves.loss is
    'Loss on the training rows';
comment on column cerebro.learning_curves.validation_loss is
    'Loss on the validation rows';
comment on column cerebro.learning_curves.finished is
    'When the epoch was recorded';
comment on column cerebro.learning_curves.deviation is
    'Of folds, by how much their values differ: the standard deviation';
comment on column cerebro.learning_curves.folds is
    'Of folds, all metrics of each on its own rows, of which validation has the means';
