create table cerebro._models (
    name text primary key,
    owner text not null,
    definition jsonb not null,
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}'
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._models', '');

comment on table cerebro._models is
    'Architectures that users registered with cerebro_model';
