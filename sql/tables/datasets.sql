-- The chunks of dataset n are in table cerebro_data._chunks_n, so that dropping a dataset gives its space
-- back at once and blocks nobody.
-- Owners are names: a restore where a role is missing keeps the rows.
create table cerebro._datasets (
    id bigserial primary key,
    name text not null unique,
    owner text not null,
    source text not null,
    target text not null,
    task text not null,
    rows bigint not null,
    validation_rows bigint not null,
    excluded_rows bigint not null,
    partitions int not null,
    bytes bigint not null,
    encoding jsonb not null,
    choices jsonb not null,
    notes jsonb not null,
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}',
    -- How many folds the partitions are shared out among, 0 for none, whether these go forward in time,
    -- and how many units an epoch of a configuration has then; NULL: as many as there are partitions.
    folds int not null default 0,
    forward boolean not null default false,
    hops int,
    -- The column that names each row, whose values are in cerebro_data._keys_n; NULL: none does.
    key text
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._datasets', '');
select pg_catalog.pg_extension_config_dump('cerebro._datasets_id_seq', '');

comment on table cerebro._datasets is
    'Rows prepared for training: what they came from and how they are encoded';
comment on sequence cerebro._datasets_id_seq is
    'Numbers datasets';
