-- Planners' sessions that have workers, or wait for some. A row counts while its session lives.
create table cerebro._turns (
    session text primary key,
    -- Whom it works for.
    role text not null,
    workers int not null,
    -- Its place in the line, least first; null: it has its workers.
    ticket bigint
)@replicated@;

comment on table cerebro._turns is
    'Searches that have workers, or wait for some, while their sessions live';
