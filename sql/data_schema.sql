-- What comes and goes with datasets and runs lies apart from what people look at.
create schema cerebro_data;

comment on schema cerebro_data is
    'cerebro_db: packed rows and states, in tables that come and go with datasets and runs; for workers only';
