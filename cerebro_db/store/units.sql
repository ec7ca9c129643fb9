-- committed: whether a unit whose worker was lost had made it
select rows, training, validation
from cerebro._units
where run = $1::bigint and config = $2::int and epoch = $3::int and "partition" = $4::int;
