-- next_id: a dataset's number names its chunk table, so it is drawn before the row is written
select nextval('cerebro._datasets_id_seq') as id;

-- create: last of the transaction that wrote the chunks, so a dataset is there whole or not at all
insert into cerebro._datasets (
    id, name, owner, source, target, task, rows, validation_rows, excluded_rows, partitions, bytes,
    encoding, choices, notes, shared_with, folds, forward, hops, key
)
values (
    $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::bigint,
    $9::bigint, $10::int, $11::bigint, $12::jsonb, $13::jsonb -> 'choices', $14::jsonb -> 'notes',
    $15::text[], $16::int, $17::boolean, $18::int, $19::text
);

-- find: the owner is for messages
select
    id, name, owner, cerebro._owns($2::text, owner) as owns,
    cerebro._uses($2::text, owner, shared_with) as uses, target, task,
    rows, validation_rows, excluded_rows, partitions, bytes, encoding, folds, forward, key,
    to_char(created, 'YYYY-MM-DD HH24:MI') as created
from cerebro._datasets
where name = $1::text;

-- standing: whose it is, and with whom it is shared, for what replaces it
select owner, shared_with from cerebro._datasets where id = $1::bigint;

-- load: for a planner, whoever calls it
select
    id, name, target, task, rows, validation_rows, excluded_rows, partitions, bytes, encoding,
    folds, forward, key,
    to_char(created, 'YYYY-MM-DD HH24:MI') as created
from cerebro._datasets
where id = $1::bigint;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._datasets where cerebro._uses($1::text, owner, shared_with) order by name;

-- share: by name, as owners are
update cerebro._datasets
set shared_with = array_append(shared_with, $2::text)
where name = $1::text and $2::text <> all (shared_with);

-- unshare: the one of that name, or all where it is null
update cerebro._datasets
set shared_with = array_remove(shared_with, $2::text)
where $2::text = any (shared_with) and name = coalesce($1::text, name);

-- runs: a dataset is kept as long as runs were trained on it
select name from cerebro._runs where dataset = $1::bigint order by name;

-- delete: after its chunk table
delete from cerebro._datasets where id = $1::bigint;
