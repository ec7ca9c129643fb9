-- create: refused by the primary key if the name exists
insert into cerebro._models (name, owner, definition)
values ($1::text, $2::text, $3::jsonb);

-- find: registered architectures can be used by their owner's members
select
    name, owner, cerebro._member($2::text, owner) as permitted, definition
from cerebro._models
where name = $1::text;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._models where cerebro._member($1::text, owner) order by name;

-- delete: runs keep their own copy of the definition
delete from cerebro._models where name = $1::text;
