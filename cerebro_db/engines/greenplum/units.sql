-- Every statement here is one slice on one segment: a constant home leads it there, and a function
-- stands in the select list over a scan, where the scan runs. Sent by the extended protocol, all that
-- read go to the one reader process that the session has on the segment; a second slice would bring
-- a second one, which knows nothing of the chunks of the first.

-- start_worker: imports the framework in the session's process on one segment, which takes seconds
select cerebro._start_worker($1::int, $2::bigint, $3::text)
from cerebro.segments
where home = {home};

-- fill: a partition's chunks into the cache of the process on its segment, in their order
select cerebro._hold($1::bigint, $2::boolean, $3::int, c.seq, c.payload)
from (
    select seq, payload
    from {chunks}
    where home = {home} and validation = $2::boolean and "partition" = $3::int
    order by seq
) c;

-- first: a configuration's first unit starts from nothing, or from what the run has of another
select cerebro.{function}($1::jsonb, $2::jsonb, $3::bytea) as result
from cerebro.segments
where home = {home};

-- next: no row, and so no unit, if the state is missing
select cerebro.{function}($1::jsonb, $2::jsonb, s.state) as result
from {states} s
where s.home = {home} and s.config = $3::int and s.fold = $4::int and s.step = $5::int;

-- feed: a partition's chunks into the unit, in their order
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from {chunks}
    where
        home = {home} and validation = $2::boolean and "partition" = $3::int
        and $1::bigint is not null
    order by seq
) c;

-- finish_unit: a unit that has had all its rows
select cerebro._finish_unit() as result
from cerebro.segments
where home = {home};

-- begin_appraisal: a configuration that is to predict the validation rows, of which each segment has a copy
select cerebro._begin_appraisal($1::jsonb, $2::jsonb, $3::bytea)
from cerebro.segments
where home = {home};

-- finish_appraisal: once all have
select cerebro._finish_appraisal($1::jsonb) as found
from cerebro.segments
where home = {home};

-- write_state: on the segment where it is for next
insert into {states} (home, config, fold, step, state)
values ({home}, $1::int, $2::int, $3::int, $4::bytea);

-- write_unit: in the transaction of its state
insert into cerebro._units (
    run, config, fold, epoch, "partition", position, worker, segment, pid, rows, training,
    validation, state_bytes, started, finished
)
values (
    $1::bigint, $2::int, $3::int, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::bigint,
    $11::jsonb, $12::jsonb, $13::bigint, $14::timestamptz, $15::timestamptz
);
