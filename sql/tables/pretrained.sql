-- The weights that configurations of a run begin with: a copy of what another run's configuration had.
create table cerebro._pretrained (
    run bigint not null@references_runs@,
    sha256 text not null,
    -- Whose they were: run, config, spec, encoding of its dataset, and the model as it was defined.
    source jsonb not null,
    state bytea not null,
    primary key (run, sha256)
)@replicated@;

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._pretrained alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._pretrained', '');

comment on table cerebro._pretrained is
    'Weights of other runs that configurations of a run begin with: copies, which stay when those runs go';
