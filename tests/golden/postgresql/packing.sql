-- == validation rows and five partitions are packed

-- create_chunks
create table "cerebro_data"."_chunks_8" (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- store_chunks
alter table "cerebro_data"."_chunks_8" alter column payload set storage external;

-- comment_table
comment on table "cerebro_data"."_chunks_8" is 'Packed rows of dataset customers';

-- select
select rows, taken, floats as r0, text_0 as r1, t0::pg_catalog.text[] as r2 from pg_temp._cerebro_staged_1 where batch < 2199023255552 order by batch;

-- write_chunk: $1 = true, $2 = 0, $3 = 0, $4 = 200, $5 = <1744 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- write_chunk: $1 = false, $2 = 0, $3 = 0, $4 = 160, $5 = <1424 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- write_chunk: $1 = false, $2 = 1, $3 = 0, $4 = 160, $5 = <1424 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- write_chunk: $1 = false, $2 = 2, $3 = 0, $4 = 160, $5 = <1424 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- write_chunk: $1 = false, $2 = 3, $3 = 0, $4 = 160, $5 = <1424 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- write_chunk: $1 = false, $2 = 4, $3 = 0, $4 = 160, $5 = <1424 bytes>
insert into "cerebro_data"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);
