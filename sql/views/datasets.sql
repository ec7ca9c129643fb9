create view cerebro.datasets with (security_barrier = true) as
select
    d.name as dataset,
    d.owner,
    d.task,
    d.source,
    d.target,
    d.rows,
    d.validation_rows,
    d.excluded_rows,
    d.partitions,
    (
        select count(*)
        from pg_catalog.jsonb_array_elements(d.choices) c
        where c ->> 'kind' <> 'skip'
    )::int as features,
    d.bytes,
    d.choices as encoding,
    d.notes,
    d.created,
    d.shared_with,
    d.folds,
    d.key
from cerebro._datasets d
where cerebro._uses(current_user::text, d.owner, d.shared_with);

comment on view cerebro.datasets is
    'Datasets of the roles whose rights you have, and those shared with them: where the rows came from and how each column is encoded, and why';
comment on column cerebro.datasets.excluded_rows is
    'Rows that were left out because their label is NULL';
comment on column cerebro.datasets.encoding is
    'What became of each source column: an array of objects with column, type, kind and why';
comment on column cerebro.datasets.dataset is
    'Name of the dataset';
comment on column cerebro.datasets.owner is
    'Role that it belongs to';
comment on column cerebro.datasets.task is
    'binary, multiclass, regression or multilabel';
comment on column cerebro.datasets.source is
    'Argument source: where the rows came from';
comment on column cerebro.datasets.target is
    'Column or columns to predict';
comment on column cerebro.datasets.rows is
    'Training rows';
comment on column cerebro.datasets.validation_rows is
    'Rows held out for validation';
comment on column cerebro.datasets.partitions is
    'Parts of the training rows, which configurations visit one after the other';
comment on column cerebro.datasets.features is
    'Source columns that are used';
comment on column cerebro.datasets.bytes is
    'Size of all packed rows';
comment on column cerebro.datasets.notes is
    'What was decided or left out, in words';
comment on column cerebro.datasets.created is
    'When it was prepared';
comment on column cerebro.datasets.shared_with is
    'Roles that may see it and train on it too';
comment on column cerebro.datasets.folds is
    'Number of folds that the partitions are shared out among, 0 for none';
comment on column cerebro.datasets.key is
    'Column that names each row, for cerebro_predictions';
