-- living: our own sessions in this database, and which of them this is
select session, pid, pid = pg_backend_pid() as own from cerebro._sessions();

-- hurry: what counts only while a session lives need not outlive the server
set local synchronous_commit = off;
