-- segments: where each row really lies, which an expansion may have changed
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries: the segments of the cluster, and how many share a machine
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- lock: one session fills the table at a time
lock table cerebro.segments in exclusive mode;

-- create_candidates: keys enough that each segment is bound to get one; no temporary table, which would
-- take a right of its own
create table cerebro_data._homes as
select home from generate_series(1, $1::int) home
distributed by (home);

-- candidates: the least key of each segment
select gp_segment_id as segment, min(home)::int as home from cerebro_data._homes group by gp_segment_id;

-- drop_candidates: in the same transaction
drop table cerebro_data._homes;

-- forget: to be filled anew
delete from cerebro.segments;

-- add: on the segment that it speaks of
insert into cerebro.segments (segment, home, weight) values ($1::int, $2::int, $3::float8);
