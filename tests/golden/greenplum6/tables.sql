-- == the chunks of dataset 8, and where its partitions lie

-- create_chunks
create table "cerebro_data"."_chunks_8" (
    home int not null,
    validation boolean not null,
    "partition" int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (home, validation, "partition", seq)
)
distributed by (home);

-- store_chunks
alter table "cerebro_data"."_chunks_8" alter column payload set storage external;

-- comment_table
comment on table "cerebro_data"."_chunks_8" is 'Packed rows of dataset Alice''s rows';

-- partitions
select
    validation, "partition" as number, gp_segment_id as segment, home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, "partition", gp_segment_id, home;

-- == whether they are there, or a backup has left them out

-- has_chunks: $1 = 8
select exists (
    select 1
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname = '_chunks_' || $1::bigint
) as there;

-- == the keys of its rows, and a chunk with its own

-- create_keys
create table "cerebro_data"."_keys_8" (
    validation boolean not null,
    "partition" int not null,
    seq int not null,
    keys text[] not null,
    primary key (validation, "partition", seq)
)
distributed by (seq);

-- comment_table
comment on table "cerebro_data"."_keys_8" is 'Keys of the rows of dataset Alice''s rows, as they are packed';

-- write_keys: $1 = false, $2 = 1, $3 = 0, $4 = ["7", "9"]
insert into "cerebro_data"."_keys_8" (validation, "partition", seq, keys)
values ($1::boolean, $2::int, $3::int, $4::text[]);

-- training_chunks
select c."partition" as number, c.seq from "cerebro_data"."_chunks_8" c where not c.validation order by 1, 2;

-- keyed_chunk: $1 = 1, $2 = 0
select c.payload, k.keys
from "cerebro_data"."_chunks_8" c
join "cerebro_data"."_keys_8" k on k.validation = c.validation and k."partition" = c."partition" and k.seq = c.seq
where not c.validation and c."partition" = $1::int and c.seq = $2::int;

-- == a dataset is dropped

-- drop_table
drop table if exists "cerebro_data"."_chunks_8";

-- drop_table
drop table if exists "cerebro_data"."_keys_8";
