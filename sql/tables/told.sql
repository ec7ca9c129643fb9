-- What whoever drives a run has to say to a caller that waits for it in another session.
create table cerebro._told (
    run bigint not null,
    number int not null,
    -- JSON, in ASCII, so that each database can hold it.
    said text not null,
    primary key (run, number)
)@replicated@;

comment on table cerebro._told is
    'Lines for callers that wait for a run which another session drives, until they wait no more';
