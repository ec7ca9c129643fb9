create view cerebro.learning_curves with (security_barrier = true) as
select
    r.name as run,
    e.config,
    e.epoch,
    r.metric,
    e.value,
    (e.training ->> r.metric)::float8 as training_value,
    (e.training ->> 'loss')::float8 as loss,
    (e.validation ->> 'loss')::float8 as validation_loss,
    e.training,
    e.validation,
    e.seconds,
    e.finished
from cerebro._epochs e
join cerebro._my_runs r on r.id = e.run;

comment on view cerebro.learning_curves is
    'Loss and metrics of each configuration after each epoch';
comment on column cerebro.learning_curves.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.learning_curves.training is
    'All metrics on the training rows, measured while training as Keras does';
comment on column cerebro.learning_curves.validation is
    'All metrics on the validation rows, measured after the epoch';
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
