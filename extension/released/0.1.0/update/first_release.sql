-- 0.1.0 was released for PostgreSQL. Some were built from the repository after that and say 0.1.0 too,
-- so each step here does its work only where it is still to be done.

-- Rows go with their run because cerebro_drop says so; Greenplum has no cascade.
alter table cerebro._configs drop constraint _configs_run_fkey;
alter table cerebro._configs
    add constraint _configs_run_fkey foreign key (run) references cerebro._runs (id);
alter table cerebro._units drop constraint _units_run_fkey;
alter table cerebro._units
    add constraint _units_run_fkey foreign key (run) references cerebro._runs (id);
alter table cerebro._epochs drop constraint _epochs_run_fkey;
alter table cerebro._epochs
    add constraint _epochs_run_fkey foreign key (run) references cerebro._runs (id);
alter table cerebro._kept_states drop constraint _kept_states_run_fkey;
alter table cerebro._kept_states
    add constraint _kept_states_run_fkey foreign key (run) references cerebro._runs (id);

-- One server is segment 0.
alter table cerebro._units add column if not exists segment int not null default 0;
alter table cerebro._units alter column segment drop default;

-- Their arguments or results are others now: see successors.sql.
alter function cerebro._train rename to _train_before;
alter function cerebro._feed rename to _feed_before;
alter function cerebro._finish_unit rename to _finish_unit_before;
do $do$
begin
    if pg_catalog.to_regtype('cerebro._predictions') is not null then
        alter function cerebro._predict_batch rename to _predict_batch_before;
        alter type cerebro._predictions rename to _predictions_before;
    end if;
end
$do$;
