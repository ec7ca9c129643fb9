-- record: a few at once, from an array of objects
insert into cerebro._decisions (run, seq, config, what, epoch, parent, why)
select
    $1::bigint, (d ->> 'seq')::int, (d ->> 'config')::int, d ->> 'what', (d ->> 'epoch')::int,
    (d ->> 'parent')::int, d ->> 'why'
from jsonb_array_elements($2::jsonb -> 'decisions') d;

-- all: as they were made
select seq, config, what, epoch, parent, why
from cerebro._decisions
where run = $1::bigint
order by seq;

-- last: of what the search was told and what it decided
select greatest(
    (select max(seq) from cerebro._decisions where run = $1::bigint),
    (select max(told) from cerebro._epochs where run = $1::bigint),
    0
) as seq;
