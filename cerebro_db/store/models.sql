-- create: refused by the primary key if the name exists
insert into cerebro._models (name, owner, definition)
values ($1::text, $2::text::regrole, $3::jsonb);

-- find: registered architectures can be used by their owner's members
select
    name, owner::text as owner, pg_has_role($2::text, owner, 'member') as permitted, definition
from cerebro._models
where name = $1::text;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._models where pg_has_role($1::text, owner, 'member') order by name;

-- delete: runs keep their own copy of the definition
delete from cerebro._models where name = $1::text;
