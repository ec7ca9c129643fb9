-- == validation rows and five partitions are packed

-- create_chunks
create table "cerebro"."_chunks_8" (
    validation boolean not null,
    partition int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (validation, partition, seq)
);

-- store_chunks
alter table "cerebro"."_chunks_8" alter column payload set storage external;

-- comment_chunks or comment_states
comment on table "cerebro"."_chunks_8" is 'Packed rows of dataset customers';

-- select: $1 = 0, $2 = 200
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = true, $2 = 0, $3 = 0, $4 = 200, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- select: $1 = 200, $2 = 360
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = false, $2 = 0, $3 = 0, $4 = 160, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- select: $1 = 360, $2 = 520
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = false, $2 = 1, $3 = 0, $4 = 160, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- select: $1 = 520, $2 = 680
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = false, $2 = 2, $3 = 0, $4 = 160, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- select: $1 = 680, $2 = 840
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = false, $2 = 3, $3 = 0, $4 = 160, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);

-- select: $1 = 840, $2 = 1000
select string_agg(floats, ''::bytea) as r0, array_agg(f1::text) as r1, array_agg(t0::text) as r2 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- write_chunk: $1 = false, $2 = 4, $3 = 0, $4 = 160, $5 = <136 bytes>
insert into "cerebro"."_chunks_8" (validation, partition, seq, rows, payload)
values ($1::boolean, $2::int, $3::int, $4::int, $5::bytea);
