-- committed: whether a unit whose worker was lost had made it
select rows, training, validation
from cerebro._units
where
    run = $1::bigint and config = $2::int and fold = $3::int and epoch = $4::int
    and "partition" = $5::int;

-- unrecorded: units of epochs that are not in _epochs yet, in the order in which they were done
select
    u.config, u.fold, u.epoch, u."partition" as part, u.position, u.rows, u.training, u.validation
from cerebro._units u
left join cerebro._epochs e on e.run = u.run and e.config = u.config and e.epoch = u.epoch
where u.run = $1::bigint and e.run is null
order by u.config, u.epoch, u.fold, u.position;

-- done: how many units of each network are committed
select config, fold, count(*)::int as units
from cerebro._units
where run = $1::bigint
group by config, fold;

-- record_epoch: once all networks have visited all partitions
insert into cerebro._epochs (
    run, config, epoch, training, validation, value, told, folds, deviation, seconds
)
values (
    $1::bigint, $2::int, $3::int, $4::jsonb, $5::jsonb, $6::float8, $7::int,
    $8::jsonb -> 'folds', $9::float8,
    (
        select coalesce(sum(extract(epoch from u.finished - u.started)), 0)
        from cerebro._units u
        where u.run = $1::bigint and u.config = $2::int and u.epoch = $3::int
    )
);

-- epochs: all results of a run, in the order in which its search was told of them, or they came
select config, epoch, training, validation, value, told
from cerebro._epochs
where run = $1::bigint
order by told nulls first, finished, config, epoch;

-- epochs_of: those of one configuration
select config, epoch, training, validation, value, told
from cerebro._epochs
where run = $1::bigint and config = $2::int
order by epoch;

-- forget_units: those that came after a state that is the last one there
delete from cerebro._units
where
    run = $1::bigint and config = $2::int and fold = $3::int
    and (epoch - 1) * $4::int + position >= $5::int;

-- forget_epochs: see forget_units
delete from cerebro._epochs
where run = $1::bigint and config = $2::int and epoch * $3::int > $4::int;

-- times: when units trained, in seconds
select extract(epoch from started)::float8 as started, extract(epoch from finished)::float8 as finished
from cerebro._units
where run = $1::bigint
order by started;

-- state_bytes: of the latest states of all networks
select coalesce(sum(state_bytes), 0)::bigint as bytes
from (
    select max(state_bytes) as state_bytes
    from cerebro._units
    where run = $1::bigint
    group by config, fold
) s;
