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

-- write_keys: of a chunk's rows, in their order
insert into {keys} (validation, "partition", seq, keys)
values ($1::boolean, $2::int, $3::int, $4::text[]);

-- training_chunks: in their order
select c."partition" as number, c.seq from {chunks} c where not c.validation order by 1, 2;

-- keyed_chunk: with the keys of its rows
select c.payload, k.keys
from {chunks} c
join {keys} k on k.validation = c.validation and k."partition" = c."partition" and k.seq = c.seq
where not c.validation and c."partition" = $1::int and c.seq = $2::int;
