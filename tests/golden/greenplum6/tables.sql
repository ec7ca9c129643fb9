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

-- == a dataset is dropped

-- drop_table
drop table if exists "cerebro_data"."_chunks_8";
