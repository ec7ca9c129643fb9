-- What configurations of a run have in common: the network as it meets the dataset, and registered code.
-- It may be large, so it is here once, however many configurations refer to it.
create table cerebro._specs (
    run bigint not null@references_runs@,
    sha256 text not null,
    document jsonb not null,
    primary key (run, sha256)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._specs', '');

comment on table cerebro._specs is
    'Parts of configurations that several have in common: see cerebro._configs';
