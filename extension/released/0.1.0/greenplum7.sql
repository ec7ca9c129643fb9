\echo Use "CREATE EXTENSION cerebro_db" to load this file. \quit

-- schema.sql
-- Tables, views and internal functions live here; the verbs live in the schema that CREATE EXTENSION
-- chooses.
create schema cerebro;

comment on schema cerebro is
    'cerebro_db: datasets, runs and models of neural network search, and what is known of them';

-- tables/connection.sql
-- How the backend of a caller reaches the server for its workers. A table and not a setting, since any
-- role may SET a setting, and whoever decides the connection decides where training happens.
create table cerebro.connection (
    conninfo text not null,
    only_row boolean primary key default true check (only_row)
) distributed replicated;

select pg_catalog.pg_extension_config_dump('cerebro.connection', '');

comment on table cerebro.connection is
    'How workers connect, for the administrator to state; while it is empty, over the server''s own local socket';
comment on column cerebro.connection.conninfo is
    'libpq connection string that overrides parts of: local socket, this port, this database, the server''s first superuser. Put passwords into a passfile or service, never here';
comment on column cerebro.connection.only_row is
    'Holds the table to one row';

-- tables/datasets.sql
-- The chunks of dataset n are in table cerebro._chunks_n, so that dropping a dataset gives its space
-- back at once and blocks nobody.
-- Owners are names: a restore where a role is missing keeps the rows.
create table cerebro._datasets (
    id bigserial primary key,
    name text not null unique,
    owner text not null,
    source text not null,
    target text not null,
    task text not null,
    rows bigint not null,
    validation_rows bigint not null,
    excluded_rows bigint not null,
    partitions int not null,
    bytes bigint not null,
    encoding jsonb not null,
    choices jsonb not null,
    notes jsonb not null,
    created timestamptz not null default pg_catalog.clock_timestamp()
) distributed replicated;

select pg_catalog.pg_extension_config_dump('cerebro._datasets', '');
select pg_catalog.pg_extension_config_dump('cerebro._datasets_id_seq', '');

comment on table cerebro._datasets is
    'Rows prepared for training: what they came from and how they are encoded';
comment on sequence cerebro._datasets_id_seq is
    'Numbers datasets';

-- tables/models.sql
create table cerebro._models (
    name text primary key,
    owner text not null,
    definition jsonb not null,
    created timestamptz not null default pg_catalog.clock_timestamp()
) distributed replicated;

select pg_catalog.pg_extension_config_dump('cerebro._models', '');

comment on table cerebro._models is
    'Architectures that users registered with cerebro_model';

-- tables/runs.sql
-- status is what the planner last wrote; whether a planner is still alive shows in the advisory lock
-- that it holds for the run (see cerebro.runs).
create table cerebro._runs (
    id bigserial primary key,
    name text not null unique,
    owner text not null,
    dataset bigint not null,
    -- Whether this run prepared the dataset for itself, so that it goes when the run goes.
    prepared boolean not null,
    metric text not null,
    higher_is_better boolean not null,
    model jsonb not null,
    space jsonb not null,
    search jsonb not null,
    epochs int not null,
    workers int not null,
    seed bigint not null,
    options jsonb not null,
    status text not null default 'running'
        check (status in ('running', 'finished', 'cancelled', 'failed')),
    error text,
    started timestamptz not null default pg_catalog.clock_timestamp(),
    finished timestamptz
) distributed replicated;

create index _runs_dataset on cerebro._runs (dataset);

select pg_catalog.pg_extension_config_dump('cerebro._runs', '');
select pg_catalog.pg_extension_config_dump('cerebro._runs_id_seq', '');

comment on table cerebro._runs is
    'Searches: what was asked for, and how they ended';
comment on sequence cerebro._runs_id_seq is
    'Numbers runs';
comment on index cerebro._runs_dataset is
    'Finds the runs of a dataset';

-- tables/configs.sql
create table cerebro._configs (
    run bigint not null,
    config int not null,
    params jsonb not null,
    spec jsonb not null,
    status text not null default 'waiting'
        check (status in ('waiting', 'running', 'finished', 'stopped', 'diverged', 'failed')),
    error text,
    primary key (run, config)
) distributed replicated;

select pg_catalog.pg_extension_config_dump('cerebro._configs', '');

comment on table cerebro._configs is
    'Configurations of a run: the values that the search chose, and all that a worker needs to know';

-- tables/units.sql
-- One row a unit, written by the worker in the transaction that writes the state. The states
-- themselves are in tables cerebro._states_RUN_EPOCH, dropped as soon as every configuration is past
-- them: append-only, no bloat, no lock on a table that others use.
create table cerebro._units (
    run bigint not null,
    config int not null,
    epoch int not null,
    "partition" int not null,
    position int not null,
    worker int not null,
    segment int not null,
    pid int not null,
    rows bigint not null,
    training jsonb not null,
    validation jsonb,
    state_bytes bigint not null,
    started timestamptz not null,
    finished timestamptz not null,
    primary key (run, config, epoch, "partition")
) distributed by (run, config);

select pg_catalog.pg_extension_config_dump('cerebro._units', '');

comment on table cerebro._units is
    'Units that are done: which configuration was trained on which partition, when, by which worker';

-- tables/epochs.sql
create table cerebro._epochs (
    run bigint not null,
    config int not null,
    epoch int not null,
    training jsonb not null,
    validation jsonb,
    value float8,
    seconds float8 not null,
    finished timestamptz not null default pg_catalog.clock_timestamp(),
    primary key (run, config, epoch)
) distributed by (run, config);

select pg_catalog.pg_extension_config_dump('cerebro._epochs', '');

comment on table cerebro._epochs is
    'Metrics of each configuration after each epoch';

-- tables/kept_states.sql
create table cerebro._kept_states (
    run bigint not null,
    config int not null,
    rank int not null,
    state bytea not null,
    primary key (run, config)
) distributed replicated;

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._kept_states alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._kept_states', '');

comment on table cerebro._kept_states is
    'Final states of the best configurations of a run, which predictions are made with';

-- tables/segments.sql
-- home hashes to its own segment, so each row lies where it speaks of, and "where home = k" is
-- dispatched to that segment alone. The engine fills it, and anew after a restore or an expansion: a
-- dump leaves it out.
create table cerebro.segments (
    segment int not null,
    home int primary key,
    weight float8 not null default 1 check (weight >= 0 and weight < 'infinity')
) distributed by (home);

comment on table cerebro.segments is
    'Greenplum segments, and the share of partitions that each is given';
comment on column cerebro.segments.segment is
    'Content id of the segment';
comment on column cerebro.segments.home is
    'Value of an int distribution key that lies on this segment';
comment on column cerebro.segments.weight is
    'For the administrator to update: 0 keeps partitions off the segment, 2 gives it twice as many as 1';

-- types/_predictions.sql
create type cerebro._predictions as (
    prediction text,
    score text,
    probabilities jsonb
);

comment on type cerebro._predictions is
    'Predictions of a batch of rows, in their order: array literals of labels and of scores, a JSON array of all probabilities';

-- functions/_member.sql
-- A role that is gone has no members; what it owned is then the superusers'.
create function cerebro._member(role text, owner text)
returns boolean
language sql
stable
as $sql$
    select coalesce(
        (
            select pg_catalog.pg_has_role(m.oid, o.oid, 'member')
            from pg_catalog.pg_roles m
            join pg_catalog.pg_roles o on o.rolname operator(pg_catalog.=) owner
            where m.rolname operator(pg_catalog.=) role
        ),
        (select rolsuper from pg_catalog.pg_roles where rolname operator(pg_catalog.=) role),
        false
    )
$sql$;

comment on function cerebro._member(text, text) is
    'Whether a role may use what belongs to an owner';

-- functions/_loopback.sql
-- SECURITY DEFINER because where the server listens and how the administrator wants workers to connect
-- is not everybody's to read, and yet whoever may train must be able to connect so. The first
-- superuser has the name of the server's operating system user wherever peer authentication is in
-- force, and exists wherever it is not.
create function cerebro._loopback(
    out host text,
    out port text,
    out dbname text,
    out "user" text,
    out conninfo text,
    out installation oid
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $sql$
    select
        trim(split_part(current_setting('unix_socket_directories'), ',', 1)),
        current_setting('port'),
        current_database()::text,
        (select rolname::text from pg_roles where oid = 10),
        coalesce((select conninfo from cerebro.connection), ''),
        (select oid from pg_extension where extname = 'cerebro_db')
$sql$;

comment on function cerebro._loopback() is
    'How workers connect: the defaults, and the administrator''s connection string that overrides them';

-- functions/_doctor.sql
create function cerebro._doctor()
returns jsonb
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.doctor import doctor
    return doctor(plpy)
$python$;

comment on function cerebro._doctor() is
    'Versions in the server''s Python, and whether a worker could connect; for cerebro-db doctor';

-- functions/_start_worker.sql
create function cerebro._start_worker(threads int, cache_bytes bigint)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import start_worker
    start_worker(plpy, threads, cache_bytes)
$python$;

comment on function cerebro._start_worker(int, bigint) is
    'Make this session a worker: bound its threads and its cache, and import the framework';

-- functions/_hold.sql
create function cerebro._hold(
    dataset bigint,
    validation boolean,
    "partition" int,
    seq int,
    payload bytea
)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import hold
    hold(plpy, dataset, validation, partition, seq, payload)
$python$;

comment on function cerebro._hold(bigint, boolean, int, int, bytea) is
    'Take a chunk into the cache of this worker; chunk 0 starts its partition anew';

-- functions/_train.sql
-- Reads and writes no table: rows come from the worker's cache, the state as an argument, and the
-- statement around it writes what it returns. So it can run on a Greenplum segment.
create function cerebro._train(
    spec jsonb,
    unit jsonb,
    state bytea,
    out new_state bytea,
    out rows bigint,
    out training jsonb,
    out validation jsonb,
    out started timestamptz,
    out finished timestamptz,
    out segment int
)
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import train
    return train(plpy, spec, unit, state)
$python$;

comment on function cerebro._train(jsonb, jsonb, bytea) is
    'Train one configuration on one partition: one sub-epoch, from state to state';

-- functions/_begin_unit.sql
create function cerebro._begin_unit(spec jsonb, unit jsonb, state bytea)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import begin_unit
    begin_unit(plpy, spec, unit, state)
$python$;

comment on function cerebro._begin_unit(jsonb, jsonb, bytea) is
    'Begin a unit whose rows are more than the cache holds: cerebro._feed brings them, cerebro._finish_unit ends it';

-- functions/_feed.sql
create function cerebro._feed(validation boolean, seq int, payload bytea)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import feed
    feed(plpy, validation, seq, payload)
$python$;

comment on function cerebro._feed(boolean, int, bytea) is
    'Train the begun unit on one chunk, or validate it';

-- functions/_finish_unit.sql
create function cerebro._finish_unit(
    out new_state bytea,
    out rows bigint,
    out training jsonb,
    out validation jsonb,
    out started timestamptz,
    out finished timestamptz,
    out segment int
)
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import finish_unit
    return finish_unit(plpy)
$python$;

comment on function cerebro._finish_unit() is
    'End the begun unit: its new state and its metrics';

-- functions/_load_model.sql
create function cerebro._load_model(run bigint, config int, spec jsonb, state bytea)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import load_model
    load_model(plpy, run, config, spec, state)
$python$;

comment on function cerebro._load_model(bigint, int, jsonb, bytea) is
    'Take a trained configuration into the memory of this worker, for predictions';

-- functions/_infer.sql
create function cerebro._infer(run bigint, config int, inputs bytea)
returns bytea
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.worker import infer
    return infer(plpy, run, config, inputs)
$python$;

comment on function cerebro._infer(bigint, int, bytea) is
    'Predict encoded rows with a configuration that this worker holds; NULL if it does not';

-- functions/_array_bytes.sql
-- The bytes of an array as the server keeps them: header, bitmap of NULLs if there are any, values. The
-- send functions would write each value by a call of its own, which takes several times as long as all
-- else that happens to a row. What byteasend does for a bytea, copy what stands behind the length, is
-- as good for any other type of variable length; strict, because it does not expect NULL.
create function cerebro._array_bytes(anyarray)
returns bytea
language internal
immutable strict
as 'byteasend';

comment on function cerebro._array_bytes(anyarray) is
    'The values of an array of numbers in one piece, to be packed: see dataset/array_bytes.py';

-- functions/_predict.sql
create function cerebro._predict(
    run text,
    input bytea,
    document text
)
returns text
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db.udf.predicting import predict
    return predict(plpy, run, input, document)
$python$;

comment on function cerebro._predict(text, bytea, text) is
    'cerebro_predict of a row in binary form';

-- functions/_score.sql
create function cerebro._score(
    run text,
    input bytea,
    document text
)
returns float8
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db.udf.predicting import score
    return score(plpy, run, input, document)
$python$;

comment on function cerebro._score(text, bytea, text) is
    'cerebro_score of a row in binary form';

-- functions/_proba.sql
create function cerebro._proba(
    run text,
    input bytea,
    document text
)
returns jsonb
language plpython3u
stable
as $python$
    @import_path@
    from cerebro_db.udf.predicting import proba
    return proba(plpy, run, input, document)
$python$;

comment on function cerebro._proba(text, bytea, text) is
    'cerebro_proba of a row in binary form';

-- functions/_predict_batch.sql
create function cerebro._predict_batch(run text, reading text, batch bytea)
returns cerebro._predictions
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.batches import predict_batch
    return predict_batch(plpy, run, reading, batch)
$python$;

comment on function cerebro._predict_batch(text, text, bytea) is
    'Predict one batch of the rows that cerebro_predict_table has staged, where they are';

-- functions/_evaluate_batch.sql
create function cerebro._evaluate_batch(run text, reading text, batch bytea)
returns bytea
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.batches import evaluate_batch
    return evaluate_batch(plpy, run, reading, batch)
$python$;

comment on function cerebro._evaluate_batch(text, text, bytea) is
    'Predict one batch of the rows that cerebro_evaluate has staged, where they are: packed targets and predictions';

-- functions/_learn_batch.sql
create function cerebro._learn_batch(fitters text, reading text, training boolean, batch bytea)
returns text
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.batches import learn_batch
    return learn_batch(plpy, fitters, reading, training, batch)
$python$;

comment on function cerebro._learn_batch(text, text, boolean, bytea) is
    'Learn how to encode columns from one batch of staged rows, on its segment: partial results as JSON';

-- functions/_pack_batch.sql
create function cerebro._pack_batch(
    token text,
    encoding text,
    reading text,
    extent int,
    seq int,
    rows int,
    batch bytea
)
returns bigint
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.batches import pack_batch
    return pack_batch(plpy, token, encoding, reading, extent, seq, rows, batch)
$python$;

comment on function cerebro._pack_batch(text, text, text, int, int, int, bytea) is
    'Encode one batch of staged rows as a chunk, and leave it on its segment for cerebro._take_chunks: its bytes';

-- functions/_take_chunks.sql
create function cerebro._take_chunks(token text)
returns table (extent int, seq int, rows int, payload bytea)
language plpython3u
execute on all segments
as $python$
    @import_path@
    from cerebro_db.udf.batches import take_chunks
    return take_chunks(plpy, token)
$python$;

comment on function cerebro._take_chunks(text) is
    'Chunks that cerebro._pack_batch has left on the segments under this token';

-- functions/_discard_chunks.sql
create function cerebro._discard_chunks(token text)
returns setof int
language plpython3u
execute on all segments
as $python$
    @import_path@
    from cerebro_db.udf.batches import discard_chunks
    return discard_chunks(plpy, token)
$python$;

comment on function cerebro._discard_chunks(text) is
    'Remove what cerebro._pack_batch has left on the segments under this token: how many on each';

-- functions/cerebro_prepare.sql
-- Parallel and synchronised scans would deliver the rows in another order each time, and on
-- PostgreSQL the shuffle is a function of the order.
create function @extschema@.cerebro_prepare(
    dataset text,
    source text,
    target text,
    features text[] = null,
    task text = null,
    validation text = '0.2',
    partitions int = null,
    encode jsonb = '{}',
    replace boolean = false
)
returns table (
    dataset text,
    task text,
    rows bigint,
    validation_rows bigint,
    partitions int,
    features int,
    bytes bigint
)
language plpython3u
execute on initplan
set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off
as $python$
    @import_path@
    from cerebro_db.udf.verbs import prepare
    return prepare(
        plpy, dataset, source, target, features, task, validation, partitions, encode, replace
    )
$python$;

comment on function @extschema@.cerebro_prepare(
    text, text, text, text[], text, text, int, jsonb, boolean
) is
    'Prepare a table, view or SELECT for training, once: encode, shuffle, split, pack into partitions';

-- functions/cerebro_fit.sql
-- Scans as in cerebro_prepare, which this calls for a source that is no dataset yet.
create function @extschema@.cerebro_fit(
    run text,
    source text,
    target text = null,
    model jsonb = '{"family":"mlp"}',
    space jsonb = '{}',
    search jsonb = '{"method":"grid"}',
    epochs int = 5,
    metric text = null,
    workers int = null,
    seed bigint = 0,
    options jsonb = '{}'
)
returns table (
    rank int,
    config int,
    params jsonb,
    metric text,
    value float8,
    loss float8,
    validation_loss float8,
    epochs int,
    seconds float8,
    status text
)
language plpython3u
rows 20
execute on initplan
set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off
as $python$
    @import_path@
    from cerebro_db.udf.verbs import fit
    return fit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function @extschema@.cerebro_fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Search for the best model of a target in a dataset, table, view or SELECT; return the leaderboard';

-- functions/cerebro_predict.sql
-- PL/Python takes neither anyelement nor record, so the row goes over as its binary form. Only an
-- anonymous record goes over as JSON too: its column names are nowhere else. Not immutable: the answer
-- changes when the run is dropped and fitted again.
create function @extschema@.cerebro_predict(run text, input anyelement)
returns text
language sql
stable
as $sql$
    select cerebro._predict(
        run,
        pg_catalog.record_send(row(input)),
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::text
        end
    )
$sql$;

comment on function @extschema@.cerebro_predict(text, anyelement) is
    'Predict one row with the best model of a run: the label, or the value as text';

-- functions/cerebro_score.sql
-- PL/Python takes neither anyelement nor record, so the row goes over as its binary form. Only an
-- anonymous record goes over as JSON too: its column names are nowhere else. Not immutable: the answer
-- changes when the run is dropped and fitted again.
create function @extschema@.cerebro_score(run text, input anyelement)
returns float8
language sql
stable
as $sql$
    select cerebro._score(
        run,
        pg_catalog.record_send(row(input)),
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::text
        end
    )
$sql$;

comment on function @extschema@.cerebro_score(text, anyelement) is
    'Predict one row with the best model of a run: the probability of the positive class (of the predicted one where there are more than two), or the value';

-- functions/cerebro_proba.sql
-- PL/Python takes neither anyelement nor record, so the row goes over as its binary form. Only an
-- anonymous record goes over as JSON too: its column names are nowhere else. Not immutable: the answer
-- changes when the run is dropped and fitted again.
create function @extschema@.cerebro_proba(run text, input anyelement)
returns jsonb
language sql
stable
as $sql$
    select cerebro._proba(
        run,
        pg_catalog.record_send(row(input)),
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::text
        end
    )
$sql$;

comment on function @extschema@.cerebro_proba(text, anyelement) is
    'Predict one row with the best model of a run: the probability of every class or label, or every target''s value';

-- functions/cerebro_predict_table.sql
create function @extschema@.cerebro_predict_table(run text, source text, key text, output text)
returns bigint
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text) is
    'Predict all rows of a table, view or SELECT into a new table with the key, prediction, score and probabilities; return the number of rows';

-- functions/cerebro_evaluate.sql
create function @extschema@.cerebro_evaluate(run text, source text)
returns jsonb
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.verbs import evaluate
    return evaluate(plpy, run, source)
$python$;

comment on function @extschema@.cerebro_evaluate(text, text) is
    'Measure the best model of a run on the labelled rows of a table, view or SELECT';

-- functions/cerebro_model.sql
create function @extschema@.cerebro_model(name text, definition jsonb)
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.verbs import model
    model(plpy, name, definition)
$python$;

comment on function @extschema@.cerebro_model(text, jsonb) is
    'Register an architecture, a family with parameters or a Keras config with "${placeholders}", for cerebro_fit(model := ''{"name": ...}'')';

-- functions/cerebro_drop.sql
create function @extschema@.cerebro_drop(name text, kind text = 'run')
returns void
language plpython3u
as $python$
    @import_path@
    from cerebro_db.udf.verbs import drop
    drop(plpy, name, kind)
$python$;

comment on function @extschema@.cerebro_drop(text, text) is
    'Drop a run, a dataset or a model';

-- views/my_runs.sql
-- The one place that decides who sees a run, for all views of runs. A planner holds the advisory lock
-- (class of runs, id) of its run as long as its session lives, so a run that says running and whose
-- lock is free was interrupted. The locks are gathered once, before the rows: on Greenplum pg_locks
-- asks the segments, which cannot be done in the middle of a query. What a role that is gone owned is
-- the superusers' to see.
create view cerebro._my_runs with (security_barrier = true) as
select
    r.id,
    r.name,
    r.owner,
    r.dataset,
    r.metric,
    r.higher_is_better,
    r.model,
    r.space,
    r.search,
    r.epochs,
    r.workers,
    r.seed,
    r.options,
    case
        when r.status = 'running' and r.id <> all (coalesce(
            (
                select pg_catalog.array_agg(l.objid::bigint)
                from pg_catalog.pg_locks l
                where l.locktype = 'advisory'
                    and l.database = (select oid from pg_catalog.pg_database
                                      where datname = pg_catalog.current_database())
                    and l.classid = 52913::oid
                    and l.objsubid = 2
                    and l.granted
            ),
            '{}'
        )) then 'interrupted'
        else r.status
    end as status,
    r.error,
    r.started,
    r.finished
from cerebro._runs r
left join pg_catalog.pg_roles o on o.rolname = r.owner
where coalesce(
    pg_catalog.pg_has_role(o.oid, 'member'),
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
);

comment on view cerebro._my_runs is
    'Runs of the roles that you are a member of, with their status as it is now';

-- views/datasets.sql
create view cerebro.datasets with (security_barrier = true) as
select
    d.name as dataset,
    d.owner,
    d.task,
    d.source,
    d.target,
    d.rows,
    d.validation_rows,
    d.excluded_rows,
    d.partitions,
    (
        select count(*)
        from pg_catalog.jsonb_array_elements(d.choices) c
        where c ->> 'kind' <> 'skip'
    )::int as features,
    d.bytes,
    d.choices as encoding,
    d.notes,
    d.created
from cerebro._datasets d
left join pg_catalog.pg_roles o on o.rolname = d.owner
where coalesce(
    pg_catalog.pg_has_role(o.oid, 'member'),
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
);

comment on view cerebro.datasets is
    'Datasets of the roles that you are a member of: where the rows came from and how each column is encoded, and why';
comment on column cerebro.datasets.excluded_rows is
    'Rows that were left out because their label is NULL';
comment on column cerebro.datasets.encoding is
    'What became of each source column: an array of objects with column, type, kind and why';
comment on column cerebro.datasets.dataset is
    'Name of the dataset';
comment on column cerebro.datasets.owner is
    'Role that it belongs to';
comment on column cerebro.datasets.task is
    'binary, multiclass, regression or multilabel';
comment on column cerebro.datasets.source is
    'Argument source: where the rows came from';
comment on column cerebro.datasets.target is
    'Column or columns to predict';
comment on column cerebro.datasets.rows is
    'Training rows';
comment on column cerebro.datasets.validation_rows is
    'Rows held out for validation';
comment on column cerebro.datasets.partitions is
    'Parts of the training rows, which configurations visit one after the other';
comment on column cerebro.datasets.features is
    'Source columns that are used';
comment on column cerebro.datasets.bytes is
    'Size of all packed rows';
comment on column cerebro.datasets.notes is
    'What was decided or left out, in words';
comment on column cerebro.datasets.created is
    'When it was prepared';

-- views/runs.sql
create view cerebro.runs as
select
    r.name as run,
    r.owner,
    d.name as dataset,
    d.task,
    r.status,
    (select count(*) from cerebro._configs c where c.run = r.id) as configs,
    r.epochs,
    r.workers,
    d.partitions,
    r.metric,
    r.higher_is_better,
    r.model,
    r.space,
    r.search,
    r.seed,
    r.options,
    r.started,
    r.finished,
    extract(epoch from coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started)::float8
        as seconds,
    r.error
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset;

comment on view cerebro.runs is
    'Searches of the roles that you are a member of, and how they stand';
comment on column cerebro.runs.status is
    'running, finished, cancelled, failed, or interrupted: its planner is gone without a word';
comment on column cerebro.runs.run is
    'Name of the search';
comment on column cerebro.runs.owner is
    'Role that it belongs to';
comment on column cerebro.runs.dataset is
    'Dataset that it trains on';
comment on column cerebro.runs.task is
    'binary, multiclass, regression or multilabel';
comment on column cerebro.runs.configs is
    'Number of configurations so far';
comment on column cerebro.runs.epochs is
    'Passes over the training rows that each configuration is to make';
comment on column cerebro.runs.workers is
    'Sessions that train at once';
comment on column cerebro.runs.partitions is
    'Parts of the training rows, which configurations visit one after the other';
comment on column cerebro.runs.metric is
    'What ranks the configurations';
comment on column cerebro.runs.higher_is_better is
    'Direction of the metric';
comment on column cerebro.runs.model is
    'Argument model of cerebro_fit';
comment on column cerebro.runs.space is
    'What was searched';
comment on column cerebro.runs.search is
    'How it was searched';
comment on column cerebro.runs.seed is
    'What all randomness comes from';
comment on column cerebro.runs.options is
    'Argument options of cerebro_fit, with defaults';
comment on column cerebro.runs.started is
    'When it was written down';
comment on column cerebro.runs.finished is
    'When it ended';
comment on column cerebro.runs.seconds is
    'From start to end, or to now';
comment on column cerebro.runs.error is
    'What ended it early';

-- views/configs.sql
create view cerebro.configs as
select
    r.name as run,
    c.config,
    c.params,
    case
        when c.status in ('waiting', 'running') and r.status <> 'running' then 'stopped'
        else c.status
    end as status,
    count(u.run) / d.partitions as epochs,
    count(u.run) as units,
    d.partitions * r.epochs as units_planned,
    coalesce(sum(extract(epoch from u.finished - u.started)), 0)::float8 as seconds,
    max(u.state_bytes) as state_bytes,
    c.error
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
join cerebro._datasets d on d.id = r.dataset
left join cerebro._units u on u.run = c.run and u.config = c.config
group by r.name, r.status, r.epochs, c.run, c.config, d.id;

comment on view cerebro.configs is
    'Configurations of each run: the values that the search chose, and how far they are trained';
comment on column cerebro.configs.units is
    'Sub-epochs that are trained and committed';
comment on column cerebro.configs.seconds is
    'Time that workers spent on it';
comment on column cerebro.configs.run is
    'Name of the search';
comment on column cerebro.configs.config is
    'Number of the configuration in its run';
comment on column cerebro.configs.params is
    'Values that the search chose';
comment on column cerebro.configs.status is
    'waiting, running, finished, stopped, diverged or failed';
comment on column cerebro.configs.epochs is
    'Whole epochs that are trained';
comment on column cerebro.configs.units_planned is
    'Sub-epochs that it is to train';
comment on column cerebro.configs.state_bytes is
    'Size of its state: weights and optimizer';
comment on column cerebro.configs.error is
    'Why it diverged or failed';

-- views/leaderboard.sql
-- NaN sorts above all numbers in PostgreSQL, so it is turned into NULL to rank last either way.
create view cerebro.leaderboard as
select
    r.name as run,
    (pg_catalog.rank() over (
        partition by r.name
        order by
            c.status in ('diverged', 'failed'),
            case when r.higher_is_better then -nullif(e.value, 'NaN') else nullif(e.value, 'NaN') end
                nulls last,
            coalesce(e.validation ->> 'loss', e.training ->> 'loss')::float8 nulls last,
            c.config
    ))::int as rank,
    c.config,
    c.params,
    r.metric,
    nullif(e.value, 'NaN') as value,
    (e.training ->> 'loss')::float8 as loss,
    (e.validation ->> 'loss')::float8 as validation_loss,
    coalesce(e.epoch, 0) as epochs,
    coalesce(trained.seconds, 0) as seconds,
    case
        when c.status in ('waiting', 'running') and r.status <> 'running' then 'stopped'
        else c.status
    end as status
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
left join (
    select run, config, max(epoch) as epoch, sum(seconds) as seconds
    from cerebro._epochs
    group by run, config
) trained on trained.run = c.run and trained.config = c.config
left join cerebro._epochs e
    on e.run = trained.run and e.config = trained.config and e.epoch = trained.epoch;

comment on view cerebro.leaderboard is
    'Configurations of each run, best first by rank, as of their last finished epoch';
comment on column cerebro.leaderboard.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.leaderboard.loss is
    'Loss on the training rows';
comment on column cerebro.leaderboard.run is
    'Name of the search';
comment on column cerebro.leaderboard.rank is
    '1 is best';
comment on column cerebro.leaderboard.config is
    'Number of the configuration in its run';
comment on column cerebro.leaderboard.params is
    'Values that the search chose';
comment on column cerebro.leaderboard.metric is
    'What ranks the configurations';
comment on column cerebro.leaderboard.validation_loss is
    'Loss on the validation rows';
comment on column cerebro.leaderboard.epochs is
    'Epochs that the figures are taken after';
comment on column cerebro.leaderboard.seconds is
    'Time that workers spent on it';
comment on column cerebro.leaderboard.status is
    'waiting, running, finished, stopped, diverged or failed';

-- views/learning_curves.sql
create view cerebro.learning_curves as
select
    r.name as run,
    e.config,
    e.epoch,
    r.metric,
    e.value,
    (e.training ->> r.metric)::float8 as training_value,
    (e.training ->> 'loss')::float8 as loss,
    (e.validation ->> 'loss')::float8 as validation_loss,
    e.training,
    e.validation,
    e.seconds,
    e.finished
from cerebro._epochs e
join cerebro._my_runs r on r.id = e.run;

comment on view cerebro.learning_curves is
    'Loss and metrics of each configuration after each epoch';
comment on column cerebro.learning_curves.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.learning_curves.training is
    'All metrics on the training rows, measured while training as Keras does';
comment on column cerebro.learning_curves.validation is
    'All metrics on the validation rows, measured after the epoch';
comment on column cerebro.learning_curves.seconds is
    'Time that workers spent on this configuration in this epoch';
comment on column cerebro.learning_curves.run is
    'Name of the search';
comment on column cerebro.learning_curves.config is
    'Number of the configuration in its run';
comment on column cerebro.learning_curves.epoch is
    'Counted from 1';
comment on column cerebro.learning_curves.metric is
    'What ranks the configurations';
comment on column cerebro.learning_curves.training_value is
    'The metric on the training rows';
comment on column cerebro.learning_curves.loss is
    'Loss on the training rows';
comment on column cerebro.learning_curves.validation_loss is
    'Loss on the validation rows';
comment on column cerebro.learning_curves.finished is
    'When the epoch was recorded';

-- views/progress.sql
create view cerebro.progress with (security_barrier = true) as
select
    p.run,
    p.status,
    p.configs,
    p.configs_finished,
    p.units,
    p.units_planned,
    pg_catalog.round((100.0 * p.units / nullif(p.units_planned, 0))::numeric, 1)::float8 as percent,
    p.elapsed,
    case
        when p.status = 'running' and p.units > 0
        then p.elapsed * ((p.units_planned - p.units)::float8 / p.units)
    end as remaining
from (
    select
        r.run,
        r.status,
        r.configs,
        coalesce(c.finished, 0) as configs_finished,
        coalesce(c.units, 0) as units,
        coalesce(c.units_planned, 0) as units_planned,
        coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started as elapsed
    from cerebro.runs r
    left join (
        select
            run,
            count(*) filter (where status not in ('waiting', 'running')) as finished,
            sum(units)::bigint as units,
            sum(case when status in ('waiting', 'running') then units_planned else units end)::bigint
                as units_planned
        from cerebro.configs
        group by run
    ) c on c.run = r.run
) p;

comment on view cerebro.progress is
    'How far each run is, from what its workers have committed';
comment on column cerebro.progress.units_planned is
    'Sub-epochs in all, without those of configurations that ended early';
comment on column cerebro.progress.remaining is
    'Estimated time to the end, at the speed so far';
comment on column cerebro.progress.run is
    'Name of the search';
comment on column cerebro.progress.status is
    'running, finished, cancelled, failed or interrupted';
comment on column cerebro.progress.configs is
    'Number of configurations so far';
comment on column cerebro.progress.configs_finished is
    'Configurations that are done, well or not';
comment on column cerebro.progress.units is
    'Sub-epochs that are trained and committed';
comment on column cerebro.progress.percent is
    'Share of the planned sub-epochs that is done';
comment on column cerebro.progress.elapsed is
    'Time since the start, or from start to end';

-- views/hops.sql
create view cerebro.hops as
select
    r.name as run,
    u.config,
    u.epoch,
    u."partition",
    u.position,
    u.worker,
    u.segment,
    u.pid,
    u.rows,
    u.state_bytes,
    u.started,
    u.finished,
    extract(epoch from u.finished - u.started)::float8 as seconds,
    extract(
        epoch from u.started - lag(u.finished) over (partition by r.name, u.worker order by u.started)
    )::float8 as idle
from cerebro._units u
join cerebro._my_runs r on r.id = u.run;

comment on view cerebro.hops is
    'Who trained what, where and when: one row a sub-epoch';
comment on column cerebro.hops.position is
    'Place of the partition in the configuration''s order of the epoch, from 0';
comment on column cerebro.hops.pid is
    'Process id of the worker''s backend';
comment on column cerebro.hops.state_bytes is
    'Size of the state that hopped on';
comment on column cerebro.hops.run is
    'Name of the search';
comment on column cerebro.hops.config is
    'Number of the configuration in its run';
comment on column cerebro.hops.epoch is
    'Counted from 1';
comment on column cerebro.hops."partition" is
    'Counted from 0';
comment on column cerebro.hops.worker is
    'Which of the workers of the run, from 0';
comment on column cerebro.hops.segment is
    'Where the worker trained: the Greenplum segment''s content id, 0 on PostgreSQL';
comment on column cerebro.hops.rows is
    'Training rows of the partition';
comment on column cerebro.hops.started is
    'When the worker began';
comment on column cerebro.hops.finished is
    'When the worker was done';
comment on column cerebro.hops.seconds is
    'From start to end';
comment on column cerebro.hops.idle is
    'Seconds since the worker''s last sub-epoch of the search: the hop, and reading rows that it did not hold';

-- views/serving.sql
-- What a prediction needs in the caller's session, for those who may use the run.
create view cerebro._serving as
select
    r.name as run,
    r.id,
    k.config,
    d.encoding,
    k.state,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset
join cerebro._kept_states k on k.run = r.id and k.rank = 1;

comment on view cerebro._serving is
    'Best configuration of each run with its weights, and how its rows are encoded';

-- privileges.sql
-- Nothing for PUBLIC. Driven by the catalog, so that no function is missed; tables and views grant
-- nothing to PUBLIC by default.
do $do$
declare
    member record;
begin
    for member in
        select p.oid::pg_catalog.regprocedure as signature
        from pg_catalog.pg_proc p
        join pg_catalog.pg_depend d
            on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            and d.deptype = 'e'
            and e.extname = 'cerebro_db'
    loop
        execute pg_catalog.format('revoke all on function %s from public', member.signature);
    end loop;
end
$do$;
