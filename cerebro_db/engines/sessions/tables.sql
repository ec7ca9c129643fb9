-- store_chunks: dense numbers, which pglz would spend seconds on in vain
alter table {table} alter column payload set storage external;

-- comment_table: every object has one
comment on table {table} is {comment};

-- has_chunks: whether a dataset's table is there
select exists (
    select 1
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname = '_chunks_' || $1::bigint
) as there;

-- drop_table: gives the space back at once
drop table if exists {table};
