-- What each worker's session has said of itself: for whom it works, and whose process keeps it. It
-- holds as long as the server shows that session; what a dead one has left is deleted by those that come.
create table cerebro._workers (
    pid int primary key,
    keeper int not null,
    -- NULL: it predicts for whoever asks.
    role text,
    run bigint,
    state text not null
        constraint _workers_state_check check (state in ('working', 'idle', 'warm', 'left')),
    since timestamptz not null default pg_catalog.clock_timestamp()
)@replicated@;

comment on table cerebro._workers is
    'Worker sessions: see cerebro.workers';
