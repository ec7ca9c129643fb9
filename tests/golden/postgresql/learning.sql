-- == of the labels

-- select: $1 = 1000, $2 = 200
select count(distinct t0::text collate "C") as distinct_values from pg_temp."_cerebro_staged_1" where position < $1;

-- select: $1 = 1000, $2 = 200
select t0::text as label, count(*) filter (where position >= $2) as training from pg_temp."_cerebro_staged_1" where position < $1 group by 1;

-- == of the features: what each is, then batch by batch

-- select: $1 = 200, $2 = 1000
select count(f2::text) as rows, count(distinct f2::text collate "C") as distinct_values, avg(1 + length(f2::text) - length(replace(f2::text, ' ', '')))::float8 as words from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2;

-- select: $1 = 200, $2 = 1000
select f2::text as value from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 and f2::text is not null group by 1 order by count(*) desc, f2::text collate "C" limit 10000;

-- select: $1 = 200, $2 = 1000
select max(array_ndims(f4)) as dimensions from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2;

-- select: $1 = 0, $2 = 200
select string_agg(floats, ''::bytea) as r0, array_agg(f2::text) as r1, string_agg(array_send(f4::float8[]), ''::bytea) as r2, string_agg(case when f4 is null then '\x01' else '\x00' end::bytea, ''::bytea) as r3, array_agg(f5::bytea) as r4 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;

-- select: $1 = 200, $2 = 1000
select string_agg(floats, ''::bytea) as r0, array_agg(f2::text) as r1, string_agg(array_send(f4::float8[]), ''::bytea) as r2, string_agg(case when f4 is null then '\x01' else '\x00' end::bytea, ''::bytea) as r3, array_agg(f5::bytea) as r4 from (select * from pg_temp."_cerebro_staged_1" where position >= $1 and position < $2 order by position) as staged;
