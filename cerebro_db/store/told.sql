-- last: the number of what was said last of a run
select coalesce(max(number), 0) as number from cerebro._told where run = $1::bigint;

-- tell: one line more
insert into cerebro._told (run, number, said) values ($1::bigint, $2::int, $3::text);

-- read: what was said since
select number, said from cerebro._told
where run = $1::bigint and number > $2::int
order by number;

-- forget: nobody waits for it any more
delete from cerebro._told where run = $1::bigint;
