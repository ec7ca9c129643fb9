-- == a cluster that has got a second segment: the first one's weight stays

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- begin
begin;

-- lock
lock table cerebro.segments in exclusive mode;

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- create_candidates: $1 = 400
create table cerebro_data._homes as
select home from generate_series(1, $1::int) home
distributed by (home);

-- candidates
select gp_segment_id as segment, min(home)::int as home from cerebro_data._homes group by gp_segment_id;

-- drop_candidates
drop table cerebro_data._homes;

-- forget
delete from cerebro.segments;

-- add: $1 = 0, $2 = 3, $3 = 2.0
insert into cerebro.segments (segment, home, weight) values ($1::int, $2::int, $3::float8);

-- add: $1 = 1, $2 = 5, $3 = 1.0
insert into cerebro.segments (segment, home, weight) values ($1::int, $2::int, $3::float8);

-- commit
commit;

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;
