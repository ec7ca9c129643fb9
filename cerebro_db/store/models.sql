-- create: refused by the primary key if the name exists
insert into cerebro._models (name, owner, definition)
values ($1::text, $2::text, $3::jsonb);

-- find: registered architectures can be used by their owner's members
select
    name, owner, cerebro._owns($2::text, owner) as owns,
    cerebro._uses($2::text, owner, shared_with) as uses, definition
from cerebro._models
where name = $1::text;

-- names: what a misspelt name may have meant, as far as the role may know
select name from cerebro._models where cerebro._uses($1::text, owner, shared_with) order by name;

-- share: by name, as owners are
update cerebro._models
set shared_with = array_append(shared_with, $2::text)
where name = $1::text and $2::text <> all (shared_with);

-- unshare: the one of that name, or all where it is null
update cerebro._models
set shared_with = array_remove(shared_with, $2::text)
where $2::text = any (shared_with) and name = coalesce($1::text, name);

-- delete: runs keep their own copy of the definition
delete from cerebro._models where name = $1::text;
