-- store_chunks: dense numbers, which pglz would spend seconds on in vain
alter table {table} alter column payload set storage external;

-- comment_table: every object has one
comment on table {table} is {comment};

-- drop_table: gives the space back at once
drop table if exists {table};
