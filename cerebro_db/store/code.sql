-- find: what runs that begin now get
select name, kind, source, sha256
from cerebro._code
where name = $1::text and kind = $2::text and current;

-- of_run: what its configurations carry, each version once
select (document -> 'code')::text as code from cerebro._specs where run = $1::bigint
union
select (spec -> 'code')::text from cerebro._configs where run = $1::bigint and common is null;

-- note: shown to people, and tells what need not be looked for
update cerebro._runs set code = $2::text[] where id = $1::bigint;

-- noted: see note
select code from cerebro._runs where id = $1::bigint;

-- runs: those whose configurations carry code
select name, code from cerebro._runs where code <> '{}' order by name;

-- taken: in the session of an administrator
select current, sha256 from cerebro.code where name = $1::text;

-- names: what a misspelt name may have meant
select distinct name from cerebro.code order by name;

-- store: with the rights of the role that calls, and in its transaction
select cerebro._store_code($1::text, $2::text, $3::text, $4::text, $5::text, $6::boolean);

-- drop: see store
select cerebro._drop_code($1::text);

-- may_drop: a better message than the server's
select pg_catalog.has_function_privilege('cerebro._drop_code(text)', 'execute') as permitted;

-- measure: for cerebro_evaluate, in a session of our own
select cerebro._measure($1::jsonb, $2::bytea) as found;
