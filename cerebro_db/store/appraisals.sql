-- forget: before others serve
delete from cerebro._appraisals where run = $1::bigint;

-- forget_members: see forget
delete from cerebro._members where run = $1::bigint;

-- add: of a configuration, or of the ensemble
insert into cerebro._appraisals (run, config, value, validation, threshold, seconds)
values ($1::bigint, $2::int, $3::float8, $4::jsonb, $5::text::jsonb, $6::float8);

-- add_member: of the ensemble
insert into cerebro._members (run, config, member, weight)
values ($1::bigint, $2::int, $3::int, $4::float8);
