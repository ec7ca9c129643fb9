-- Every version that was ever registered and not dropped: a run keeps the one that it was started with.
-- It belongs to the extension's owner, and workers only read it: they execute what is in here, and
-- nothing else, so nobody but administrators decides what that is.
create table cerebro._code (
    name text not null,
    sha256 text not null,
    kind text not null
        constraint _code_kind_check check (kind in ('layer', 'loss', 'metric')),
    source text not null,
    arguments text not null,
    higher_is_better boolean,
    author text not null,
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Whether runs that begin now get this version.
    current boolean not null,
    primary key (name, sha256)
)@replicated@;

select pg_catalog.pg_extension_config_dump('cerebro._code', '');

comment on table cerebro._code is
    'Layers, losses and metrics that administrators registered with cerebro_register_code';
