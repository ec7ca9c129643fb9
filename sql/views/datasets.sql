create view cerebro.datasets with (security_barrier) as
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
    d.created
from cerebro._datasets d
left join pg_catalog.pg_roles o on o.rolname = d.owner
where coalesce(
    pg_catalog.pg_has_role(o.oid, 'member'),
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
);

comment on view cerebro.datasets is
    'Datasets of the roles that you are a member of: where the rows came from and how each column is encoded, and why';
comment on column cerebro.datasets.excluded_rows is
    'Rows that were left out because their label is NULL';
comment on column cerebro.datasets.encoding is
    'What became of each source column: an array of objects with column, type, kind and why';
