-- Tables, views and internal functions live here; the verbs live in the schema that CREATE EXTENSION
-- chooses.
create schema cerebro;

comment on schema cerebro is
    'cerebro_db: datasets, runs and models of neural network search, and what is known of them';
