-- Names of datasets, models and runs that are being made. A row counts while its session lives.
create table cerebro._names (
    kind text not null,
    name text not null,
    session text not null,
    primary key (kind, name)
)@replicated@;

comment on table cerebro._names is
    'Names of datasets, models and runs that are being made, while the sessions live that make them';
