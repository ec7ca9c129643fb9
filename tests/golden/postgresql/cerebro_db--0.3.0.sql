\echo Use "CREATE EXTENSION cerebro_db" to load this file. \quit

set local search_path = pg_catalog, pg_temp;

-- server.sql
-- On a server that nobody has tried, or that lacks what this needs, nothing is made.
do $do$
declare
    supported constant text not null := '15, 16, 17, 18';
    number constant int not null := pg_catalog.current_setting('server_version_num')::int;
    -- Before 10 the major version had two numbers.
    major constant text not null := case
        when number >= 100000 then (number / 10000)::text
        else pg_catalog.format('%s.%s', number / 10000, number / 100 % 100)
    end;
begin
    if major <> all (pg_catalog.string_to_array(supported, ', ')) then
        raise exception using
            errcode = 'feature_not_supported',
            message = 'this cerebro_db is not for PostgreSQL ' || major,
            detail = pg_catalog.format(
                'It was installed for the versions %s; this server is %s.',
                supported,
                pg_catalog.current_setting('server_version')
            ),
            hint = 'Use one of these servers, or install a version of cerebro_db that is for this one.';
    end if;
end
$do$;

-- encoding.sql
-- Text has to have a meaning: every session of ours speaks UTF8, Python too, and the server converts.
-- In SQL_ASCII text is bytes of whatever encoding. Servers before PostgreSQL 13, Greenplum's among
-- them, take Unicode escapes in UTF8 only, and in these our statements and JSON spell what is not ASCII.
do $do$
declare
    converting constant boolean not null :=
        pg_catalog.current_setting('server_version_num')::int >= 130000;
begin
    if not exists (
        select 1
        from pg_catalog.pg_database d
        where d.datname = pg_catalog.current_database()
            and (
                d.encoding = pg_catalog.pg_char_to_encoding('UTF8')
                or converting and exists (
                    select 1
                    from pg_catalog.pg_conversion c
                    where c.conforencoding = d.encoding
                        and c.contoencoding = pg_catalog.pg_char_to_encoding('UTF8')
                        and c.condefault
                )
            )
    ) then
        raise exception using
            errcode = 'feature_not_supported',
            message = 'cerebro_db needs a database '
                || case when converting then 'whose encoding converts to UTF8' else 'in UTF8 on this server' end,
            detail = 'The encoding of this one is ' || pg_catalog.getdatabaseencoding() || '.',
            hint = 'Copy the data into a database that is made with: create database ... encoding ''UTF8'' template template0.';
    end if;
end
$do$;

-- roles.sql
-- The role that every session of ours runs as, workers and control: it owns what they write, and has no
-- right beyond. A role is the server's and not an extension's, so it may be there already, of another
-- database, and DROP EXTENSION leaves it. See ownership.sql for what it may not be.
do $do$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'cerebro_worker') then
        create role cerebro_worker nologin nosuperuser nocreatedb nocreaterole noreplication;
        comment on role cerebro_worker is 'cerebro_db: what its workers run as, in all databases';
    end if;
end
$do$;

-- schema.sql
-- Tables, views and internal functions live here; the verbs live in the schema that CREATE EXTENSION
-- chooses.
create schema cerebro;

comment on schema cerebro is
    'cerebro_db: datasets, runs and models of neural network search, and what is known of them';

-- data_schema.sql
-- What comes and goes with datasets and runs lies apart from what people look at.
create schema cerebro_data;

comment on schema cerebro_data is
    'cerebro_db: packed rows and states, in tables that come and go with datasets and runs; for workers only';

-- tables/connection.sql
-- How the backend of a caller reaches the server for its workers. A table and not a setting, since any
-- role may SET a setting, and whoever decides the connection decides where training happens, and where
-- the server's operating system user knocks: so it is a superuser's alone. There is no column for a
-- password, and none for a connection string, which could hold one.
create table cerebro.connection (
    service text,
    passfile text,
    host text,
    port int,
    username text,
    only_row boolean primary key default true check (only_row)
);

select pg_catalog.pg_extension_config_dump('cerebro.connection', '');

comment on table cerebro.connection is
    'How workers connect, for a superuser to state in one row; NULL, like no row: over the server''s own local socket';
comment on column cerebro.connection.service is
    'Service of the server''s pg_service.conf, which then says what no other column does';
comment on column cerebro.connection.passfile is
    'File with the password, readable by the server''s operating system user alone';
comment on column cerebro.connection.host is
    'Host, or folder of the socket; default: the first of unix_socket_directories, else of listen_addresses';
comment on column cerebro.connection.port is
    'Default: the server''s port';
comment on column cerebro.connection.username is
    'Role that logs in: a superuser, or a member of cerebro_worker; default: the server''s first superuser';
comment on column cerebro.connection.only_row is
    'Holds the table to one row';

-- tables/settings.sql
-- What searches may use of the machine. A row of NULLs, or none, is the defaults.
create table cerebro.settings (
    workers int check (workers > 0),
    workers_per_run int check (workers_per_run > 0),
    workers_per_role int check (workers_per_role > 0),
    threads int check (threads > 0),
    cache_mb int check (cache_mb >= 0),
    state_mb bigint check (state_mb > 0),
    run_time interval check (run_time > '0'),
    when_full text check (when_full in ('wait', 'refuse')),
    idle_time interval check (idle_time > '0'),
    step_mb int check (step_mb > 0),
    step_gflop int check (step_gflop > 0),
    only_row boolean primary key default true check (only_row),
    warm int check (warm >= 0)
);

select pg_catalog.pg_extension_config_dump('cerebro.settings', '');

comment on table cerebro.settings is
    'What searches may use of the machine, for the administrator to state: one row, where NULL is the default';
comment on column cerebro.settings.workers is
    'Worker sessions of all searches together; default: as many as memory holds, at 2 GB each';
comment on column cerebro.settings.workers_per_run is
    'Worker sessions of one search; default: no bound of its own';
comment on column cerebro.settings.workers_per_role is
    'Worker sessions of all searches of one role; default: no bound of its own';
comment on column cerebro.settings.threads is
    'Threads of the framework in each worker; default: 1,024';
comment on column cerebro.settings.cache_mb is
    'Megabytes of packed rows that each worker may hold in memory; default: 1,048,576';
comment on column cerebro.settings.state_mb is
    'Megabytes of states that the configurations of one search may have together; default: no bound';
comment on column cerebro.settings.run_time is
    'How long one search may train before it is stopped; it can be resumed. Default: no bound';
comment on column cerebro.settings.when_full is
    'Whether a search that finds no free workers waits its turn, the default, or is refused';
comment on column cerebro.settings.idle_time is
    'How long a worker session that a caller keeps warm may idle before it is closed; default: 5 minutes';
comment on column cerebro.settings.step_mb is
    'Megabytes that one step on a mini-batch may take, by estimate, weights and optimizer included; default: 4,096';
comment on column cerebro.settings.step_gflop is
    'Operations of a matrix product that take as long as one step on a mini-batch, or another call of the framework, may, by estimate, in 10^9; default: 1,000';
comment on column cerebro.settings.only_row is
    'Holds the table to one row';
comment on column cerebro.settings.warm is
    'Worker sessions that each cerebro-db worker keeps ready for the searches of all sessions; default: none';

-- tables/datasets.sql
-- The chunks of dataset n are in table cerebro_data._chunks_n, so that dropping a dataset gives its space
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
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}',
    -- How many folds the partitions are shared out among, 0 for none, whether these go forward in time,
    -- and how many units an epoch of a configuration has then; NULL: as many as there are partitions.
    folds int not null default 0,
    forward boolean not null default false,
    hops int,
    -- The column that names each row, whose values are in cerebro_data._keys_n; NULL: none does.
    key text
);

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
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}'
);

select pg_catalog.pg_extension_config_dump('cerebro._models', '');

comment on table cerebro._models is
    'Architectures that users registered with cerebro_model';

-- tables/runs.sql
-- status is what the planner last wrote; whether it is still alive its session tells. A planner keeps
-- all that it would need to know in these tables, so that another can go on where it was.
create table cerebro._runs (
    id bigserial primary key,
    name text not null unique,
    owner text not null,
    dataset bigint not null references cerebro._datasets (id),
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
    status text not null default 'queued'
        constraint _runs_status_check
        check (status in ('queued', 'running', 'finished', 'stopped', 'cancelled', 'failed')),
    error text,
    started timestamptz,
    finished timestamptz,
    created timestamptz not null default pg_catalog.clock_timestamp(),
    -- Whether it is the queue's, which goes on with it when its planner has died.
    submitted boolean not null default false,
    -- How many planners have taken it up.
    attempts int not null default 0,
    -- What it waits for, in words, while it waits its turn.
    queued_behind text,
    -- What people want of it while it runs. Its planner looks at orders, which each change counts up.
    wanted text not null default 'run'
        constraint _runs_wanted_check check (wanted in ('run', 'stop', 'cancel')),
    orders int not null default 0,
    -- Names of roles that may use it too.
    shared_with text[] not null default '{}',
    -- The registered code of its configurations, each as name@ and the beginning of the sha256.
    code text[] not null default '{}',
    -- The session that drives it, as cerebro._sessions names it. It counts while that session lives.
    planner text,
    -- What its owner says of it, and finds it by.
    description text,
    tags text[] not null default '{}',
    -- The registered architectures that its configurations may be of, by name, as they were then.
    models jsonb not null default '{}',
    -- The session of a caller that waits for it, as cerebro._sessions names it, while that one lives.
    caller text
);

create index _runs_dataset on cerebro._runs (dataset);

select pg_catalog.pg_extension_config_dump('cerebro._runs', '');
select pg_catalog.pg_extension_config_dump('cerebro._runs_id_seq', '');

comment on table cerebro._runs is
    'Searches: what was asked for, and how they ended';
comment on sequence cerebro._runs_id_seq is
    'Numbers runs';
comment on index cerebro._runs_dataset is
    'Finds the runs of a dataset';

-- tables/specs.sql
-- What configurations of a run have in common: the network as it meets the dataset, and registered code.
-- It may be large, so it is here once, however many configurations refer to it.
create table cerebro._specs (
    run bigint not null references cerebro._runs (id),
    sha256 text not null,
    document jsonb not null,
    primary key (run, sha256)
);

select pg_catalog.pg_extension_config_dump('cerebro._specs', '');

comment on table cerebro._specs is
    'Parts of configurations that several have in common: see cerebro._configs';

-- tables/configs.sql
create table cerebro._configs (
    run bigint not null references cerebro._runs (id),
    config int not null,
    params jsonb not null,
    spec jsonb not null,
    status text not null default 'waiting'
        constraint _configs_status_check
        check (
            status in (
                'waiting', 'running', 'paused', 'resting', 'finished', 'stopped', 'diverged', 'failed'
            )
        ),
    error text,
    -- Who proposed it: the run's search, a person's cerebro_add, or cerebro_clone.
    origin text not null default 'search'
        constraint _configs_origin_check check (origin in ('search', 'added', 'clone')),
    -- A clone: whose state it starts from, if any, whose way over the partitions it walks, and after
    -- how many units of its parent's; NULL until it has taken the state over.
    parent int,
    walk int,
    start_units int default 0,
    -- What people want of it while the run goes on.
    wanted text not null default 'train'
        constraint _configs_wanted_check check (wanted in ('train', 'rest')),
    -- What spec leaves out, in _specs; NULL: nothing.
    common text,
    -- Its budget, after which it is through; NULL: the run's epochs.
    epochs int,
    -- After how many of them it waits for the search's decision; NULL: its budget.
    until int,
    -- Where it stands in the search's own order.
    bracket int,
    rung int,
    -- Why the search had it stopped, or paused, or go on, the last time.
    reason text,
    -- How many epochs its refit on all rows is to train, where there are folds; NULL: it has none.
    refit int,
    primary key (run, config)
);

select pg_catalog.pg_extension_config_dump('cerebro._configs', '');

comment on table cerebro._configs is
    'Configurations of a run: the values that the search chose, and all that a worker needs to know';

-- tables/units.sql
-- One row a unit, written by the worker in the transaction that writes the state. The states
-- themselves are in tables cerebro_data._hops_RUN_EPOCH, at the end of an epoch _states_RUN_EPOCH, dropped
-- as soon as no configuration needs them: append-only, no bloat, no lock on a table that others use.
create table cerebro._units (
    run bigint not null references cerebro._runs (id),
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
    -- Whose network of its configuration was trained, or measured; 0 where it has one alone, and for its
    -- refit.
    fold int not null default 0,
    primary key (run, config, fold, epoch, "partition")
);

select pg_catalog.pg_extension_config_dump('cerebro._units', '');

comment on table cerebro._units is
    'Units that are done: which configuration was trained on which partition, when, by which worker';

-- tables/epochs.sql
create table cerebro._epochs (
    run bigint not null references cerebro._runs (id),
    config int not null,
    epoch int not null,
    training jsonb not null,
    validation jsonb,
    value float8,
    seconds float8 not null,
    finished timestamptz not null default pg_catalog.clock_timestamp(),
    -- Its place in the order in which the search was told, as _decisions counts; NULL in older runs.
    told int,
    -- Of several folds: the metrics of each, of which the others are means, and by how much the run's
    -- own differs among them.
    folds jsonb,
    deviation float8,
    primary key (run, config, epoch)
);

select pg_catalog.pg_extension_config_dump('cerebro._epochs', '');

comment on table cerebro._epochs is
    'Metrics of each configuration after each epoch';

-- tables/decisions.sql
-- What a run's search has decided, each committed before its effects: so another planner follows the
-- same way, and a person sees why. seq counts on with what the search was told, in _epochs.
create table cerebro._decisions (
    run bigint not null references cerebro._runs (id),
    seq int not null,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    -- NULL: it is about the run as a whole.
    config int,
    what text not null,
    epoch int,
    parent int,
    why text not null,
    primary key (run, seq)
);

select pg_catalog.pg_extension_config_dump('cerebro._decisions', '');

comment on table cerebro._decisions is
    'What the search of each run has decided, and why';

-- tables/kept_states.sql
create table cerebro._kept_states (
    run bigint not null references cerebro._runs (id),
    config int not null,
    -- 1 serves predictions; NULL: for the configuration to go on from, or not decided yet.
    rank int,
    state bytea not null,
    -- How many units have led to it.
    units int not null,
    -- Of which network of the configuration it is the state; 0 where it has one alone, and for its refit.
    fold int not null default 0,
    primary key (run, config, fold, units)
);

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._kept_states alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._kept_states', '');

comment on table cerebro._kept_states is
    'States that outlive their epoch: of the best configurations of a run, which predictions are made with, and those that configurations can go on from';

-- tables/members.sql
-- What several networks answer together, each by its weight: one row a member. What answers by itself
-- has no row here.
create table cerebro._members (
    run bigint not null references cerebro._runs (id),
    -- The number that it answers to: 0 is the run's ensemble.
    config int not null,
    -- The configuration whose kept state it is.
    member int not null,
    weight float8 not null,
    primary key (run, config, member)
);

select pg_catalog.pg_extension_config_dump('cerebro._members', '');

comment on table cerebro._members is
    'Members of what predicts as a weighted mean of several configurations of a run, with their weights';

-- tables/appraisals.sql
-- What the end of a run has found out, on its validation rows, of what serves: a row of its ensemble,
-- number 0, and one of each configuration that has a threshold of its own.
create table cerebro._appraisals (
    run bigint not null references cerebro._runs (id),
    config int not null,
    -- The run's metric; of configurations, cerebro._epochs has it.
    value float8,
    validation jsonb,
    -- Above which probability a class or label is predicted: a number, or one for each label by name.
    -- NULL: the more probable is.
    threshold jsonb,
    seconds float8 not null,
    primary key (run, config)
);

select pg_catalog.pg_extension_config_dump('cerebro._appraisals', '');

comment on table cerebro._appraisals is
    'What the ensemble of each run came to on the validation rows, and the thresholds of what serves';

-- tables/pretrained.sql
-- The weights that configurations of a run begin with: a copy of what another run's configuration had.
create table cerebro._pretrained (
    run bigint not null references cerebro._runs (id),
    sha256 text not null,
    -- Whose they were: run, config, spec, encoding of its dataset, and the model as it was defined.
    source jsonb not null,
    state bytea not null,
    primary key (run, sha256)
);

-- Weights do not compress, and pglz would try for seconds.
alter table cerebro._pretrained alter column state set storage external;

select pg_catalog.pg_extension_config_dump('cerebro._pretrained', '');

comment on table cerebro._pretrained is
    'Weights of other runs that configurations of a run begin with: copies, which stay when those runs go';

-- tables/workers.sql
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
);

comment on table cerebro._workers is
    'Worker sessions: see cerebro.workers';

-- tables/audit.sql
-- Nobody but administrators can delete from it, and nobody changes a row: it belongs to the
-- extension's owner, and workers only add to it.
create table cerebro._audit (
    id bigserial primary key,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    login text not null,
    role text not null,
    action text not null,
    kind text not null,
    name text not null,
    details jsonb not null
);

select pg_catalog.pg_extension_config_dump('cerebro._audit', '');
select pg_catalog.pg_extension_config_dump('cerebro._audit_id_seq', '');

comment on table cerebro._audit is
    'Who did what: see cerebro.audit';
comment on sequence cerebro._audit_id_seq is
    'Numbers what was done';

-- tables/code.sql
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
);

select pg_catalog.pg_extension_config_dump('cerebro._code', '');

comment on table cerebro._code is
    'Layers, losses and metrics that administrators registered with cerebro_register_code';

-- tables/turns.sql
-- Planners' sessions that have workers, or wait for some. A row counts while its session lives.
create table cerebro._turns (
    session text primary key,
    -- Whom it works for.
    role text not null,
    workers int not null,
    -- Its place in the line, least first; null: it has its workers.
    ticket bigint
);

comment on table cerebro._turns is
    'Searches that have workers, or wait for some, while their sessions live';

-- tables/told.sql
-- What whoever drives a run has to say to a caller that waits for it in another session.
create table cerebro._told (
    run bigint not null,
    number int not null,
    -- JSON, in ASCII, so that each database can hold it.
    said text not null,
    primary key (run, number)
);

comment on table cerebro._told is
    'Lines for callers that wait for a run which another session drives, until they wait no more';

-- tables/names.sql
-- Names of datasets, models and runs that are being made. A row counts while its session lives.
create table cerebro._names (
    kind text not null,
    name text not null,
    session text not null,
    primary key (kind, name)
);

comment on table cerebro._names is
    'Names of datasets, models and runs that are being made, while the sessions live that make them';

-- types/_predictions.sql
create type cerebro._predictions as (
    prediction text,
    score text,
    probabilities jsonb
);

comment on type cerebro._predictions is
    'Predictions of a batch of rows, in their order: array literals of labels and of scores, a JSON array of all probabilities';

-- functions/_python_path.sql
-- The one PL/Python function that cannot use the package, for it decides whether that may be loaded.
-- Whoever can write where it lies has the power of the server's operating system user: through any of
-- the folders on the way there, too, unless it is sticky, as /tmp is, so that what lies in it stays
-- its owner's. A link is refused with those that all may write, since its mode says so; the build
-- resolves them.
--
-- The star is where the folder names the Python that it is for: pg_upgrade brings functions as they are
-- into a server that may embed another one.
--
-- PYTHONPATH, the packages of the server's user and of the system, and the working directory, which
-- is the server's data, are taken out of the path: neither our modules nor one that ours merely look
-- for may come from there. Of modules, only such are used that the interpreter has within itself.
create function cerebro._python_path()
returns text
language plpython3u
as $python$
    import os, stat, sys

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = "/cerebro_db".replace("python*", version)
    ours = packages + "/cerebro_db"
    names = ours.split("/")
    for depth in range(1, len(names) + 1):
        folder = "/".join(names[:depth]) or "/"
        try:
            found = os.lstat(folder)
        except OSError as error:
            return f"{folder}: {error.strerror}."
        if found.st_uid != 0:
            return f"{folder} belongs to user {found.st_uid}, not to root."
        others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        sticky = found.st_mode & stat.S_ISVTX and folder not in (packages, ours)
        if others and not sticky:
            mode = stat.filemode(found.st_mode)
            return f"{folder} can be written by others than root: its mode is {mode}."
    standard = os.path.dirname(os.__file__)
    sys.path[:] = [packages, standard, standard + "/lib-dynload"]
    sys.pycache_prefix = None
$python$;

comment on function cerebro._python_path() is
    'Let Python import from the package''s folder and its own library only: null, or why that is not safe';

-- functions/_load_package.sql
-- Each function in Python begins with a call of this, once a session.
create function cerebro._load_package()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    unsafe pg_catalog.text;
begin
    unsafe := cerebro._python_path();
    if unsafe is not null then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the Python package cerebro_db is not where only root can write',
            detail = unsafe,
            hint = 'Install it again, into a folder that belongs, with all above it, to root alone: scripts/install.sh.';
    end if;
end
$plpgsql$;

comment on function cerebro._load_package() is
    'Let a session import the Python package, unless others than root can write where it lies';

-- functions/_plain_messages.sql
-- SECURITY DEFINER because only superusers choose the language of messages; it is the server's own
-- that is chosen. For databases that are not in UTF8: PL/Python does not survive an error whose message
-- has a letter beyond ASCII, and a cancel has one in half the languages that the server speaks.
create function cerebro._plain_messages(for_transaction boolean)
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $sql$
    select pg_catalog.set_config('lc_messages', 'C', for_transaction)
$sql$;

comment on function cerebro._plain_messages(boolean) is
    'Have the server speak English, for the transaction or for the session; return the locale';

-- functions/_run_statement.sql
-- For databases that are not in UTF8, where PL/Python takes the text of a statement, and that of an
-- error, for UTF8 unconverted: an error with an accent in it breaks off the Python that caught it.
-- Here the statement comes as a parameter, which is converted, and what an error says leaves in
-- hexadecimal digits, for session/backend.py to read. The statement runs as the caller, on the
-- caller's search path, so all else is named in full.
-- P0004 is a failed ASSERT, of which older servers do not know the name.
create function cerebro._run_statement(statement text)
returns void
language plpgsql
as $plpgsql$
declare
    said_state text;
    said_message text;
    said_detail text;
    said_hint text;
begin
    execute statement;
exception
    when query_canceled or sqlstate 'P0004' or others then
        get stacked diagnostics
            said_state = returned_sqlstate,
            said_message = message_text,
            said_detail = pg_exception_detail,
            said_hint = pg_exception_hint;
        raise exception using
            errcode = said_state,
            message = 'utf8:' operator(pg_catalog.||) pg_catalog.encode(pg_catalog.convert_to(said_message, 'UTF8'), 'hex'),
            detail = pg_catalog.encode(pg_catalog.convert_to(said_detail, 'UTF8'), 'hex'),
            hint = pg_catalog.encode(pg_catalog.convert_to(said_hint, 'UTF8'), 'hex');
end
$plpgsql$;

comment on function cerebro._run_statement(text) is
    'Run a statement of a verb in a database that is not in UTF8; an error says what it says in hexadecimal UTF8';

-- functions/_admin.sql
-- The rights themselves say who is an administrator: whoever may give levels. False for a role that
-- is not there. Not in SQL, like those that call it: a session would plan it anew in each statement.
create function cerebro._admin(role text)
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    return coalesce(
        (
            select pg_catalog.has_function_privilege(
                m.oid, 'cerebro._set_level(pg_catalog.text, pg_catalog.text)', 'execute'
            )
            from pg_catalog.pg_roles m
            where m.rolname operator(pg_catalog.=) role::pg_catalog.name
        ),
        false
    );
end
$plpgsql$;

comment on function cerebro._admin(text) is
    'Whether a role has level admin: acts as the owner of everything';

-- functions/_owns.sql
-- Not membership but its use counts: who does not inherit has to SET ROLE first, as for everything
-- else in the server, which knows whether that is an option of the role or of the grant. What a role owned that is gone is the administrators'. The worker's
-- role keeps the books, for whoever it is.
create function cerebro._owns(role text, owner text)
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    if role operator(pg_catalog.=) owner or role operator(pg_catalog.=) 'cerebro_worker' then
        return true;
    end if;
    return coalesce(
        (
            select pg_catalog.pg_has_role(m.oid, o.oid, 'usage')
            from pg_catalog.pg_roles m
            join pg_catalog.pg_roles o on o.rolname operator(pg_catalog.=) owner::pg_catalog.name
            where m.rolname operator(pg_catalog.=) role::pg_catalog.name
        ),
        false
    )
    or cerebro._admin(role);
end
$plpgsql$;

comment on function cerebro._owns(text, text) is
    'Whether a role may do as it likes with what belongs to an owner';

-- functions/_uses.sql
create function cerebro._uses(role text, owner text, shared_with text[])
returns boolean
language plpgsql
stable
as $plpgsql$
begin
    if cerebro._owns(role, owner) then
        return true;
    end if;
    return exists (
        select 1
        from pg_catalog.pg_roles m
        join pg_catalog.pg_roles s
            on s.rolname operator(pg_catalog.=) any (shared_with::pg_catalog.name[])
        where m.rolname operator(pg_catalog.=) role::pg_catalog.name
            and pg_catalog.pg_has_role(m.oid, s.oid, 'usage')
    );
end
$plpgsql$;

comment on function cerebro._uses(text, text, text[]) is
    'Whether a role may see and use what belongs to an owner who shares it with these roles';

-- functions/_role_name.sql
-- A role as verbs are given it, in the text form of its type, which quotes some names.
create function cerebro._role_name(role text)
returns text
language sql
stable
as $sql$
    select r.rolname::pg_catalog.text
    from pg_catalog.pg_roles r
    where r.oid operator(pg_catalog.=) role::pg_catalog.regrole
$sql$;

comment on function cerebro._role_name(text) is
    'The name of a role that a verb was given; null if there is none';

-- functions/_set_level.sql
-- SECURITY DEFINER because only who owns an object, or may pass on rights, can grant them, and an
-- administrator is not to be the owner. It grants and revokes what cerebro._rights lists, nothing
-- else, and reads only what belongs to the extension's owner: whoever owned what it reads could have
-- it grant anything.
create function cerebro._set_level(role text, level text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
-- Some servers tell of each right that there was none to revoke.
set client_min_messages = warning
as $plpgsql$
declare
    levels constant text[] := array['predict', 'train', 'admin'];
    held record;
    others int := 0;
begin
    if not exists (select 1 from pg_catalog.pg_roles r where r.rolname = _set_level.role) then
        raise exception using
            errcode = 'undefined_object',
            message = 'there is no such role',
            detail = pg_catalog.format('The role given is %s.', coalesce(role, 'NULL')),
            hint = 'Levels are given to roles, not to PUBLIC.';
    end if;
    if role in (
        'cerebro_worker',
        (
            select o.rolname
            from pg_catalog.pg_extension e
            join pg_catalog.pg_roles o on o.oid = e.extowner
            where e.extname = 'cerebro_db'
        )
    ) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = pg_catalog.format('role %I can have no level', role),
            detail = 'It owns objects of the extension.',
            hint = 'Levels are for the roles of people and applications.';
    end if;
    if level <> all (levels) then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = pg_catalog.format('there is no level "%s"', level),
            detail = 'Levels are predict, train and admin, each with the rights of those before it.',
            hint = 'select cerebro_grant(role, ''train'')';
    end if;

    -- The server refuses to change an object's rights where another session has just done so. One
    -- administrator after the other, then, behind a table that only they write; who says GRANT or VACUUM
    -- FULL meanwhile is behind nothing, and the next attempt finds what that has left.
    lock table cerebro._code in share row exclusive mode;
    loop
        begin
            for held in select r.privilege, r.kind, r.object from cerebro._rights r loop
                execute pg_catalog.format(
                    'revoke %s on %s %s from %I cascade', held.privilege, held.kind, held.object, role
                );
            end loop;
            for held in
                select r.privilege, r.kind, r.object from cerebro._rights r
                where _set_level.level = any (r.levels)
            loop
                execute pg_catalog.format(
                    'grant %s on %s %s to %I', held.privilege, held.kind, held.object, role
                );
            end loop;
            exit;
        exception
            when internal_error then
                others := others + 1;
                if others = 5 then
                    raise;
                end if;
        end;
    end loop;
    -- The role that called is not to be known here: of it, what SET ROLE has made of the login.
    insert into cerebro._audit (login, role, action, kind, name, details)
    select
        session_user,
        case when s.role = 'none' then session_user else s.role end,
        case when level is null then 'revoke' else 'grant' end,
        'role',
        _set_level.role,
        case
            when level is null then '{}'
            else pg_catalog.format('{"level": "%s"}', level)::pg_catalog.jsonb
        end
    from (select pg_catalog.current_setting('role') as role) s;
end
$plpgsql$;

comment on function cerebro._set_level(text, text) is
    'Give a role the rights of a level, null: of none, in the place of those of the level that it has';

-- functions/_loopback.sql
-- SECURITY DEFINER because where the server listens and how the administrator wants workers to connect
-- is not everybody's to read, and yet whoever may train must be able to connect so. The first
-- superuser has the name of the server's operating system user wherever peer authentication is in
-- force, and exists wherever it is not. A server without a socket is reached at its first address; where
-- it has none either, host is null. A service says more than its name: nothing overrides it but
-- what the administrator has stated beside it, and the database.
--
-- The lock on the table is given back at once, by undoing what took it. A caller that kept it for the
-- hours of a search would have DROP EXTENSION wait for the search, and the search, in its other
-- sessions, for DROP EXTENSION: for ever, since no server sees that the caller waits for these.
create function cerebro._loopback(
    out service text,
    out passfile text,
    out host text,
    out port text,
    out "user" text,
    out dbname text,
    out installation oid
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
-- Greenplum tells the caller of statistics that the table of one row lacks after an update.
set client_min_messages = warning
as $plpgsql$
declare
    address text := trim(split_part(current_setting('listen_addresses'), ',', 1));
begin
    -- Nobody connects to all addresses.
    address := case
        when address in ('*', '0.0.0.0') then '127.0.0.1'
        when address = '::' then '::1'
        else address
    end;
    dbname := current_database();
    installation := (select oid from pg_extension where extname = 'cerebro_db');
    begin
        select c.service, c.passfile, c.host, c.port::text, c.username
        into service, passfile, host, port, "user"
        from cerebro.connection c;
        raise exception using errcode = 'CB000', message = 'undo';
    exception
        when sqlstate 'CB000' then
            null;
    end;
    if service is null then
        host := coalesce(
            host,
            nullif(trim(split_part(current_setting('unix_socket_directories'), ',', 1)), ''),
            nullif(address, '')
        );
        port := coalesce(port, current_setting('port'));
        "user" := coalesce("user", (select rolname from pg_roles where oid = 10));
    end if;
end
$plpgsql$;

comment on function cerebro._loopback() is
    'How workers connect: as the administrator has stated it, and the defaults for what is left open';

-- functions/_sessions.sql
-- SECURITY DEFINER because the server tells only some roles when a session began. Who holds what for
-- as long as it lives, a run or workers, says so in a table of ours, under the name that the server's
-- log has for its session too (%c in log_line_prefix): nobody else can write there, as anybody can take
-- an advisory lock, and nobody believes what a dead session has left there. Of no session is told here
-- but those that log in for us: as a superuser, or as who may SET ROLE cerebro_worker. Before
-- PostgreSQL 16 every member may.
-- Greenplum calls it ahead of a query of views, where a function that sets something has the client's
-- query forgotten, so there it sets no path, and all in it is named in full.
create function cerebro._sessions(out session text, out pid int)
returns setof record
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    may_become constant text := case
        when pg_catalog.current_setting('server_version_num')::pg_catalog.int4
            operator(pg_catalog.>=) 160000 then 'set'
        else 'member'
    end;
begin
    -- Within a transaction the server would say again what it has said before.
    perform pg_catalog.pg_stat_clear_snapshot();
    return query
    select
        pg_catalog.to_hex(
            pg_catalog.trunc(pg_catalog.date_part('epoch', a.backend_start))::pg_catalog.int4
        ) operator(pg_catalog.||) '.' operator(pg_catalog.||) pg_catalog.to_hex(a.pid),
        a.pid
    from pg_catalog.pg_stat_activity a
    where a.datname operator(pg_catalog.=) pg_catalog.current_database()
        and pg_catalog.pg_has_role(a.usesysid, 'cerebro_worker', may_become);
end
$plpgsql$;

comment on function cerebro._sessions() is
    'The sessions of this database that may be cerebro_db''s own, as the server''s log names them';

-- functions/_log_no_data.sql
-- SECURITY DEFINER because only superusers may say what the server logs of a session, and sessions of
-- ours are none. They are given rows, weights and encodings, as parameters of statements, which
-- log_statement, log_min_duration_statement and auto_explain would have in the log, in whole.
create function cerebro._log_no_data()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    wanted record;
begin
    for wanted in
        select s.name, w.value
        from (
            values
                ('log_parameter_max_length', '0'),
                ('log_parameter_max_length_on_error', '0'),
                -- A plan has parameters in it as constants.
                ('auto_explain.log_min_duration', '-1'),
                ('debug_print_parse', 'off'),
                ('debug_print_rewritten', 'off'),
                ('debug_print_plan', 'off'),
                ('pgaudit.log_parameter', 'off')
        ) w (name, value)
        join pg_settings s on s.name = w.name
    loop
        perform set_config(wanted.name, wanted.value, false);
    end loop;
    -- Older servers log parameters with each statement that they log.
    if not exists (select 1 from pg_settings s where s.name = 'log_parameter_max_length') then
        perform set_config('log_statement', 'none', false);
        perform set_config('log_duration', 'off', false);
        perform set_config('log_min_duration_statement', '-1', false);
    end if;
end
$plpgsql$;

comment on function cerebro._log_no_data() is
    'Keep what this session is given out of the server''s log';

-- functions/_end_idle.sql
-- SECURITY DEFINER because a session may end another only with rights that workers do not have. It ends
-- none but workers of this database that say of themselves that they idle: see cerebro._workers. Nobody
-- else's session is taken for one, whatever it calls itself.
create function cerebro._end_idle(pids int[])
returns setof int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    idler int;
begin
    -- Within a transaction the server would say again what it has said before.
    perform pg_catalog.pg_stat_clear_snapshot();
    for idler in
        select a.pid
        from pg_catalog.pg_stat_activity a
        where a.pid = any (pids)
            and a.state = 'idle'
            and a.application_name = 'cerebro_db worker'
            and a.pid in (select w.pid from cerebro._workers w where w.state in ('idle', 'warm'))
            and a.pid in (select s.pid from cerebro._sessions() s)
    loop
        if pg_catalog.pg_terminate_backend(idler) then
            return next idler;
        end if;
    end loop;
end
$plpgsql$;

comment on function cerebro._end_idle(int[]) is
    'End those of these processes that are workers and idle: which those were; none, when all are gone';

-- functions/_leave_workers.sql
-- SECURITY DEFINER because a session may end another only with rights that workers do not have. It ends
-- none but workers of this database: see cerebro._workers.
create function cerebro._leave_workers(pids int[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    stray int;
begin
    update cerebro._workers set state = 'left', since = statement_timestamp()
    where pid = any (pids);
    for stray in
        select a.pid
        from pg_stat_activity a
        join cerebro._workers w on w.pid = a.pid
        where a.pid = any (pids)
            and a.application_name = 'cerebro_db worker'
            and a.pid in (select s.pid from cerebro._sessions() s)
    loop
        perform pg_terminate_backend(stray);
    end loop;
end
$plpgsql$;

comment on function cerebro._leave_workers(int[]) is
    'End those of these processes that are workers, once what they are at lets them, and show them until then';

-- functions/_hand_over.sql
-- For this script and those of updates, and for whoever has restored a dump without its owners. What
-- workers do not write is kept back: an owner could put into a view or a trigger what then runs with
-- the rights of those who read or write there.
create function cerebro._hand_over()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    kept_back constant text[] := array['connection', 'settings', '_audit', '_code'];
    written record;
begin
    alter schema cerebro owner to cerebro_worker;
    alter schema cerebro_data owner to cerebro_worker;
    for written in
        select c.oid::pg_catalog.regclass as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('cerebro', 'cerebro_data')
            and c.relkind = 'r'
            and c.relname <> all (kept_back)
            and c.relowner <> n.nspowner
    loop
        -- Sequences go with the tables whose columns they number.
        execute pg_catalog.format('alter table %s owner to cerebro_worker', written.name);
    end loop;
end
$plpgsql$;

comment on function cerebro._hand_over() is
    'Make the worker''s role the owner of our schemas and of the tables in them that it writes';

-- functions/_worker_powers.sql
-- Servers differ in the powers that a role may have: rolsuper, rolcreaterole, ... Two of these say
-- something else.
create function cerebro._worker_powers()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $sql$
    select string_agg(power, ', ' order by power)
    from (
        select substr(attribute.key, 4) as power
        from pg_roles r, json_each_text(row_to_json(r)) as attribute
        where r.rolname = 'cerebro_worker'
            and attribute.key not in ('rolinherit', 'rolcanlogin')
            and attribute.value = 'true'
        union all
        select 'member of ' || quote_ident(granted.rolname)
        from pg_auth_members m
        join pg_roles member on member.oid = m.member
        join pg_roles granted on granted.oid = m.roleid
        where member.rolname = 'cerebro_worker'
    ) powers
$sql$;

comment on function cerebro._worker_powers() is
    'What the worker''s role may do beyond this extension, in words; NULL: nothing, as it should be';

-- functions/_doctor.sql
create function cerebro._doctor()
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.doctor import doctor
    return doctor(plpy)
$python$;

comment on function cerebro._doctor() is
    'Versions in the server''s Python, and whether a worker could connect; for cerebro-db doctor';

-- functions/_spec.sql
-- Whoever wrote a configuration before there were such parts, has all of it in its own.
create function cerebro._spec(own jsonb, common jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $sql$
    select case
        when common is null then own
        else (
            select json_object_agg(part.key, part.value)::jsonb
            from (
                select o.key, o.value from jsonb_each(own) o
                union all
                select c.key, c.value from jsonb_each(common) c
            ) part
        )
    end
$sql$;

comment on function cerebro._spec(jsonb, jsonb) is
    'A whole configuration of what is its own, and what it has in common with others';

-- functions/_start_worker.sql
create function cerebro._start_worker(threads int, cache_bytes bigint, framework text)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import start_worker
    start_worker(plpy, threads, cache_bytes, framework)
$python$;

comment on function cerebro._start_worker(int, bigint, text) is
    'Make this session a worker: bound its threads and its cache, and import its framework';

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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import finish_unit
    return finish_unit(plpy)
$python$;

comment on function cerebro._finish_unit() is
    'End the begun unit: its new state and its metrics';

-- functions/_begin_appraisal.sql
create function cerebro._begin_appraisal(spec jsonb, what jsonb, state bytea)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import begin_appraisal
    begin_appraisal(plpy, spec, what, state)
$python$;

comment on function cerebro._begin_appraisal(jsonb, jsonb, bytea) is
    'Have a network predict the validation rows, or those of its fold, that cerebro._feed brings next, to be compared with others';

-- functions/_finish_appraisal.sql
create function cerebro._finish_appraisal(what jsonb)
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import finish_appraisal
    return finish_appraisal(plpy, what)
$python$;

comment on function cerebro._finish_appraisal(jsonb) is
    'Compare the configurations that have predicted the validation rows: members of an ensemble, thresholds';

-- functions/_load_model.sql
create function cerebro._load_model(run bigint, config int, spec jsonb, state bytea)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import infer
    return infer(plpy, run, config, inputs)
$python$;

comment on function cerebro._infer(bigint, int, bytea) is
    'Predict encoded rows with a configuration that this worker holds; NULL if it does not';

-- functions/_measure.sql
create function cerebro._measure(spec jsonb, found bytea)
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.worker import measure
    return measure(plpy, spec, found)
$python$;

comment on function cerebro._measure(jsonb, bytea) is
    'Metrics of packed targets and predictions, registered ones too, whose code this session executes';

-- functions/_store_code.sql
-- SECURITY DEFINER because whoever could write the table itself could name another author, or change
-- what was registered. It takes effect when the caller's transaction does, as a GRANT would.
create function cerebro._store_code(
    name text,
    kind text,
    source text,
    sha256 text,
    arguments text,
    higher_is_better boolean
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    -- The role that called is not to be known here: of it, what SET ROLE has made of the login.
    author constant text := case
        when pg_catalog.current_setting('role') = 'none' then session_user::text
        else pg_catalog.current_setting('role')
    end;
begin
    -- One version of a name is the current one: administrators register one after the other.
    lock table cerebro._code in share row exclusive mode;
    update cerebro._code c
    set current = false
    where c.name = _store_code.name and c.current;
    delete from cerebro._code c
    where c.name = _store_code.name and c.sha256 = _store_code.sha256;
    insert into cerebro._code (
        name, sha256, kind, source, arguments, higher_is_better, author, current
    )
    values (name, sha256, kind, source, arguments, higher_is_better, author, true);
    insert into cerebro._audit (login, role, action, kind, name, details)
    values (
        session_user, author, 'register_code', 'code', name,
        pg_catalog.json_build_object('kind', kind, 'sha256', sha256)::pg_catalog.jsonb
    );
end
$plpgsql$;

comment on function cerebro._store_code(text, text, text, text, text, boolean) is
    'Make a version of registered code the current one of its name, with the role that calls as its author';

-- functions/_drop_code.sql
-- SECURITY DEFINER because nobody is to write the table itself: see _store_code.
create function cerebro._drop_code(name text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
begin
    delete from cerebro._code c where c.name = _drop_code.name;
end
$plpgsql$;

comment on function cerebro._drop_code(text) is
    'Forget all versions of registered code; workers execute none of them any more';

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
    'The values of an array of numbers in one piece, to be packed: see dataset/values/array_bytes.py';

-- functions/_row_in_utf8.sql
-- Send functions write text in the client's encoding, which need not have all that stands in a row.
create function cerebro._row_in_utf8(input anyelement)
returns bytea
language sql
stable
set client_encoding = 'UTF8'
set search_path = pg_catalog, pg_temp
as $sql$
    select pg_catalog.record_send(row(input))
$sql$;

comment on function cerebro._row_in_utf8(anyelement) is
    'A row in its binary form, for a client of another encoding than UTF8';

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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import predict
    return predict(plpy, run, input, document)
$python$;

comment on function cerebro._predict(text, bytea, text) is
    'cerebro_predict of a row in binary form';

-- functions/_predict_config.sql
create function cerebro._predict(
    run text,
    input bytea,
    document text,
    config int
)
returns text
language plpython3u
stable
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import predict
    return predict(plpy, run, input, document, config)
$python$;

comment on function cerebro._predict(text, bytea, text, int) is
    'cerebro_predict of a row in binary form, by a configuration of the run';

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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import score
    return score(plpy, run, input, document)
$python$;

comment on function cerebro._score(text, bytea, text) is
    'cerebro_score of a row in binary form';

-- functions/_score_config.sql
create function cerebro._score(
    run text,
    input bytea,
    document text,
    config int
)
returns float8
language plpython3u
stable
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import score
    return score(plpy, run, input, document, config)
$python$;

comment on function cerebro._score(text, bytea, text, int) is
    'cerebro_score of a row in binary form, by a configuration of the run';

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
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import proba
    return proba(plpy, run, input, document)
$python$;

comment on function cerebro._proba(text, bytea, text) is
    'cerebro_proba of a row in binary form';

-- functions/_proba_config.sql
create function cerebro._proba(
    run text,
    input bytea,
    document text,
    config int
)
returns jsonb
language plpython3u
stable
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.predicting import proba
    return proba(plpy, run, input, document, config)
$python$;

comment on function cerebro._proba(text, bytea, text, int) is
    'cerebro_proba of a row in binary form, by a configuration of the run';

-- functions/_predict_batch.sql
create function cerebro._predict_batch(run text, reading text, batch bytea, config int)
returns cerebro._predictions
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.batches import predict_batch
    return predict_batch(plpy, run, reading, batch, config)
$python$;

comment on function cerebro._predict_batch(text, text, bytea, int) is
    'Predict one batch of the rows that cerebro_predict_table has staged, where they are';

-- functions/_evaluate_batch.sql
create function cerebro._evaluate_batch(run text, reading text, batch bytea, config int)
returns bytea
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.batches import evaluate_batch
    return evaluate_batch(plpy, run, reading, batch, config)
$python$;

comment on function cerebro._evaluate_batch(text, text, bytea, int) is
    'Predict one batch of the rows that cerebro_evaluate has staged, where they are: packed targets and predictions';

-- functions/_prepare.sql
-- Parallel and synchronised scans would deliver the rows in another order each time, and on
-- PostgreSQL the shuffle is a function of the order.
create function cerebro._prepare(
    dataset text,
    source text,
    target text,
    features text[],
    task text,
    validation text,
    partitions int,
    encode jsonb,
    replace boolean,
    options jsonb
)
returns jsonb
language plpython3u
set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import prepare
    return prepare(
        plpy, dataset, source, target, features, task, validation, partitions, encode, replace, options
    )
$python$;

comment on function cerebro._prepare(
    text, text, text, text[], text, text, int, jsonb, boolean, jsonb
) is
    'cerebro_prepare: its row in a JSON array';

-- functions/cerebro_prepare.sql
-- It sets no search path: users' SQL finds the user's.
create function @extschema@.cerebro_prepare(
    dataset text,
    source text,
    target text,
    features text[] = null,
    task text = null,
    validation text = '0.2',
    partitions int = null,
    encode jsonb = '{}',
    replace boolean = false,
    options jsonb = '{}'
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
language sql
rows 1
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._prepare(
            dataset, source, target, features, task, validation, partitions, encode, replace,
            options
        )
    ) as made (
        dataset pg_catalog.text,
        task pg_catalog.text,
        rows bigint,
        validation_rows bigint,
        partitions int,
        features int,
        bytes bigint
    )
$sql$;

comment on function @extschema@.cerebro_prepare(
    text, text, text, text[], text, text, int, jsonb, boolean, jsonb
) is
    'Prepare a table, view or SELECT for training, once: encode, shuffle, split, pack into partitions';

-- functions/_fit.sql
-- Scans as in cerebro._prepare, which this does too for a source that is no dataset yet.
create function cerebro._fit(
    run text,
    source text,
    target text,
    model jsonb,
    space jsonb,
    search jsonb,
    epochs int,
    metric text,
    workers int,
    seed bigint,
    options jsonb
)
returns jsonb
language plpython3u
set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import fit
    return fit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function cerebro._fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'cerebro_fit: the rows of the leaderboard as a JSON array';

-- functions/cerebro_fit.sql
-- It sets no search path: users' SQL finds the user's.
create function @extschema@.cerebro_fit(
    run text,
    source text,
    target text = null,
    model jsonb = '{}',
    space jsonb = '{}',
    search jsonb = '{}',
    epochs int = null,
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
language sql
rows 20
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._fit(
            run, source, target, model, space, search, epochs, metric, workers, seed, options
        )
    ) as leaderboard (
        rank int,
        config int,
        params pg_catalog.jsonb,
        metric pg_catalog.text,
        value double precision,
        loss double precision,
        validation_loss double precision,
        epochs int,
        seconds double precision,
        status pg_catalog.text
    )
$sql$;

comment on function @extschema@.cerebro_fit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Search for the best model of a target in a dataset, table, view or SELECT; return the leaderboard';

-- functions/_resume.sql
create function cerebro._resume(run text, config int, epochs int)
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import resume
    return resume(plpy, run, config, epochs)
$python$;

comment on function cerebro._resume(text, int, int) is
    'cerebro_resume: the rows of the leaderboard as a JSON array';

-- functions/cerebro_resume.sql
-- It sets no search path, as cerebro_fit does not.
create function @extschema@.cerebro_resume(run text, config int = null)
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
language sql
rows 20
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._resume(run, config, null)
    ) as leaderboard (
        rank int,
        config int,
        params pg_catalog.jsonb,
        metric pg_catalog.text,
        value double precision,
        loss double precision,
        validation_loss double precision,
        epochs int,
        seconds double precision,
        status pg_catalog.text
    )
$sql$;

comment on function @extschema@.cerebro_resume(text, int) is
    'Go on with a search that did not come to its end, or with one configuration that rests or failed; return the leaderboard';

-- functions/cerebro_resume_epochs.sql
-- It sets no search path, as cerebro_fit does not. A function beside cerebro_resume(text, int), and no default: with
-- it, calls of that one would have two meanings.
create function @extschema@.cerebro_resume(run text, config int, epochs int)
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
language sql
rows 20
as $sql$
    select *
    from pg_catalog.jsonb_to_recordset(
        cerebro._resume(run, config, epochs)
    ) as leaderboard (
        rank int,
        config int,
        params pg_catalog.jsonb,
        metric pg_catalog.text,
        value double precision,
        loss double precision,
        validation_loss double precision,
        epochs int,
        seconds double precision,
        status pg_catalog.text
    )
$sql$;

comment on function @extschema@.cerebro_resume(text, int, int) is
    'Have one configuration of a run, NULL: all that can, train on to so many epochs in all; return the leaderboard';

-- functions/cerebro_stop.sql
create function @extschema@.cerebro_stop(run text, config int = null)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import stop
    stop(plpy, run, config)
$python$;

comment on function @extschema@.cerebro_stop(text, int) is
    'End a search, or have one configuration rest, when the units in hand are done; cerebro_resume goes on';

-- functions/cerebro_cancel.sql
create function @extschema@.cerebro_cancel(run text)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import cancel
    cancel(plpy, run)
$python$;

comment on function @extschema@.cerebro_cancel(text) is
    'End a search at once; cerebro_resume goes on';

-- functions/cerebro_clone.sql
create function @extschema@.cerebro_clone(
    run text,
    config int,
    params jsonb = '{}',
    from_scratch boolean = false
)
returns int
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import clone
    return clone(plpy, run, config, params, from_scratch)
$python$;

comment on function @extschema@.cerebro_clone(text, int, jsonb, boolean) is
    'Bring a configuration into a search that has the values of another but for params, and goes on from its state unless it is to start from scratch; return its number';

-- functions/cerebro_add.sql
create function @extschema@.cerebro_add(run text, space jsonb, search jsonb = '{"method":"grid"}')
returns int
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import add
    return add(plpy, run, space, search)
$python$;

comment on function @extschema@.cerebro_add(text, jsonb, jsonb) is
    'Bring what a search over another space proposes into a search; return how many configurations that is';

-- functions/cerebro_submit.sql
-- Scans as in cerebro_prepare, which this calls for a source that is no dataset yet: the user's SQL runs
-- here, in the session of whoever submits, and never in that of whoever runs the queue.
create function @extschema@.cerebro_submit(
    run text,
    source text,
    target text = null,
    model jsonb = '{}',
    space jsonb = '{}',
    search jsonb = '{}',
    epochs int = null,
    metric text = null,
    workers int = null,
    seed bigint = 0,
    options jsonb = '{}'
)
returns bigint
language plpython3u
set max_parallel_workers_per_gather = 0
set synchronize_seqscans = off
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import submit
    return submit(
        plpy, run, source, target, model, space, search, epochs, metric, workers, seed, options
    )
$python$;

comment on function @extschema@.cerebro_submit(
    text, text, text, jsonb, jsonb, jsonb, int, text, int, bigint, jsonb
) is
    'Queue a search, with the arguments of cerebro_fit, and return at once: its number';

-- functions/cerebro_run_queue.sql
create function @extschema@.cerebro_run_queue(most int = null)
returns int
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import run_queue
    return run_queue(plpy, most)
$python$;

comment on function @extschema@.cerebro_run_queue(int) is
    'Run the searches that are queued, first come first served, all or so many at most; return how many there were';

-- functions/_keep_warm.sql
create function cerebro._keep_warm()
returns int
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import keep_warm
    return keep_warm(plpy)
$python$;

comment on function cerebro._keep_warm() is
    'Have this session keep as many workers ready as cerebro.settings.warm says and there is room for; return how many';

-- functions/cerebro_wait.sql
create function @extschema@.cerebro_wait(run text)
returns text
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import wait
    return wait(plpy, run)
$python$;

comment on function @extschema@.cerebro_wait(text) is
    'Wait until a search is over, queued ones included; return its status';

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
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end
    )
$sql$;

comment on function @extschema@.cerebro_predict(text, anyelement) is
    'Predict one row, or one JSON object, with the best model of a run: the label, or the value as text';

-- functions/cerebro_predict_config.sql
-- As cerebro_predict.sql. A function beside that one, and no default: with it, a call of two arguments would have
-- two meanings.
create function @extschema@.cerebro_predict(run text, input anyelement, config int)
returns text
language sql
stable
as $sql$
    select cerebro._predict(
        run,
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end,
        config
    )
$sql$;

comment on function @extschema@.cerebro_predict(text, anyelement, int) is
    'Predict one row, or one JSON object, with one of the configurations that a run keeps (NULL: the best): the label, or the value as text';

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
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end
    )
$sql$;

comment on function @extschema@.cerebro_score(text, anyelement) is
    'Predict one row, or one JSON object, with the best model of a run: the probability of the positive class (of the predicted one where there are more than two), or the value';

-- functions/cerebro_score_config.sql
-- As cerebro_score.sql. A function beside that one, and no default: with it, a call of two arguments would have
-- two meanings.
create function @extschema@.cerebro_score(run text, input anyelement, config int)
returns float8
language sql
stable
as $sql$
    select cerebro._score(
        run,
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end,
        config
    )
$sql$;

comment on function @extschema@.cerebro_score(text, anyelement, int) is
    'Predict one row, or one JSON object, with one of the configurations that a run keeps (NULL: the best): the probability of the positive class (of the predicted one where there are more than two), or the value';

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
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end
    )
$sql$;

comment on function @extschema@.cerebro_proba(text, anyelement) is
    'Predict one row, or one JSON object, with the best model of a run: the probability of every class or label, or every target''s value';

-- functions/cerebro_proba_config.sql
-- As cerebro_proba.sql. A function beside that one, and no default: with it, a call of two arguments would have
-- two meanings.
create function @extschema@.cerebro_proba(run text, input anyelement, config int)
returns jsonb
language sql
stable
as $sql$
    select cerebro._proba(
        run,
        case
            when pg_catalog.pg_client_encoding() operator(pg_catalog.=) 'UTF8'::pg_catalog.name
            then pg_catalog.record_send(row(input))
            else cerebro._row_in_utf8(input)
        end,
        case
            when pg_catalog.pg_typeof(input) operator(pg_catalog.=) 'pg_catalog.record'::pg_catalog.regtype
            then pg_catalog.row_to_json(row(input))::pg_catalog.text
        end,
        config
    )
$sql$;

comment on function @extschema@.cerebro_proba(text, anyelement, int) is
    'Predict one row, or one JSON object, with one of the configurations that a run keeps (NULL: the best): the probability of every class or label, or every target''s value';

-- functions/cerebro_predict_table.sql
create function @extschema@.cerebro_predict_table(run text, source text, key text, output text)
returns bigint
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text) is
    'Predict all rows of a table, view or SELECT into a table with the key, prediction, score and probabilities; return the number of rows';

-- functions/cerebro_predict_table_config.sql
-- As cerebro_predict_table_replace.sql: a function beside the one that was released. Where the fifth argument
-- has no type (NULL), it has to be named: config or replace.
create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    config int
)
returns bigint
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, False, config)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, int) is
    'Predict all rows with one of the configurations that a run keeps (NULL: the best) into a table; return the number of rows';

-- functions/cerebro_predict_table_replace.sql
-- A function beside the one that was released, and no argument more of it: what users have made of that
-- one hangs on its arguments, and would keep an update from replacing it.
create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    replace boolean
)
returns bigint
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, replace)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, boolean) is
    'The same, where replace is true into a table that may be there, which is filled anew in one transaction';

-- functions/cerebro_predict_table_replace_config.sql
create function @extschema@.cerebro_predict_table(
    run text,
    source text,
    key text,
    output text,
    replace boolean,
    config int
)
returns bigint
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import predict_table
    return predict_table(plpy, run, source, key, output, replace, config)
$python$;

comment on function @extschema@.cerebro_predict_table(text, text, text, text, boolean, int) is
    'Predict all rows with one of the configurations that a run keeps (NULL: the best), where replace is true into a table that may be there, which is filled anew in one transaction';

-- functions/_out_of_fold_chunks.sql
create function cerebro._out_of_fold_chunks(run text, config int)
returns int
language plpython3u
set max_parallel_workers_per_gather = 0
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import out_of_fold_chunks
    return out_of_fold_chunks(plpy, run, config)
$python$;

comment on function cerebro._out_of_fold_chunks(text, int) is
    'cerebro_predictions: how many chunks have rows that a fold''s network has not seen';

-- functions/_out_of_fold.sql
create function cerebro._out_of_fold(run text, config int, chunk int)
returns jsonb
language plpython3u
set max_parallel_workers_per_gather = 0
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import out_of_fold
    return out_of_fold(plpy, run, config, chunk)
$python$;

comment on function cerebro._out_of_fold(text, int, int) is
    'cerebro_predictions: the rows of one chunk as a JSON array';

-- functions/cerebro_predictions.sql
create function @extschema@.cerebro_predictions(run text, config int = null)
returns table (
    key text,
    fold int,
    prediction text,
    score float8,
    probabilities jsonb
)
language sql
rows 1000
set search_path = pg_catalog, pg_temp
as $sql$
    select made.*
    from pg_catalog.generate_series(1, cerebro._out_of_fold_chunks(run, config)) as chunk
    cross join lateral pg_catalog.jsonb_to_recordset(
        cerebro._out_of_fold(run, config, chunk)
    ) as made (
        key pg_catalog.text,
        fold int,
        prediction pg_catalog.text,
        score float8,
        probabilities pg_catalog.jsonb
    )
$sql$;

comment on function @extschema@.cerebro_predictions(text, int) is
    'What each training row is predicted to be by the network of its fold, or the mean of its ensemble''s, none of which has seen it';

-- functions/cerebro_evaluate.sql
create function @extschema@.cerebro_evaluate(run text, source text)
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import evaluate
    return evaluate(plpy, run, source)
$python$;

comment on function @extschema@.cerebro_evaluate(text, text) is
    'Measure the best model of a run on the labelled rows of a table, view or SELECT';

-- functions/cerebro_evaluate_config.sql
-- As cerebro_evaluate.sql: a function beside that one, as each verb that predicts has.
create function @extschema@.cerebro_evaluate(run text, source text, config int)
returns jsonb
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import evaluate
    return evaluate(plpy, run, source, config)
$python$;

comment on function @extschema@.cerebro_evaluate(text, text, int) is
    'Measure one of the configurations that a run keeps (NULL: the best) on the labelled rows of a table, view or SELECT';

-- functions/cerebro_model.sql
create function @extschema@.cerebro_model(name text, definition jsonb)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import model
    model(plpy, name, definition)
$python$;

comment on function @extschema@.cerebro_model(text, jsonb) is
    'Register an architecture, a family with parameters or a Keras config with "${placeholders}", for cerebro_fit(model := ''{"name": ...}'')';

-- functions/cerebro_register_code.sql
create function @extschema@.cerebro_register_code(
    name text,
    kind text,
    source text,
    replace boolean = false
)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import register_code
    register_code(plpy, name, kind, source, replace)
$python$;

comment on function @extschema@.cerebro_register_code(text, text, text, boolean) is
    'Register a layer, a loss or a metric as Python source, which workers execute as the server''s operating-system user';

-- functions/cerebro_describe.sql
create function @extschema@.cerebro_describe(
    run text,
    description text = null,
    tags text[] = null
)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import describe
    describe(plpy, run, description, tags)
$python$;

comment on function @extschema@.cerebro_describe(text, text, text[]) is
    'Say what a run of yours is about, and tag it; NULL leaves what is there, an empty text or array takes it away';

-- functions/cerebro_drop.sql
create function @extschema@.cerebro_drop(name text, kind text = 'run')
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.verbs import drop
    drop(plpy, name, kind)
$python$;

comment on function @extschema@.cerebro_drop(text, text) is
    'Drop a run, a dataset, a model or, for administrators, registered code';

-- functions/cerebro_share.sql
create function @extschema@.cerebro_share(
    name text,
    role pg_catalog.regrole,
    kind text = 'run'
)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.rights import share
    share(plpy, name, role, kind)
$python$;

comment on function @extschema@.cerebro_share(text, pg_catalog.regrole, text) is
    'Let another role use a run, a dataset or a model of yours';

-- functions/cerebro_unshare.sql
create function @extschema@.cerebro_unshare(
    name text,
    role pg_catalog.regrole,
    kind text = 'run'
)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.rights import unshare
    unshare(plpy, name, role, kind)
$python$;

comment on function @extschema@.cerebro_unshare(text, pg_catalog.regrole, text) is
    'Let another role no longer use what was shared with it';

-- functions/cerebro_grant.sql
create function @extschema@.cerebro_grant(role pg_catalog.regrole, level text)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.rights import grant
    grant(plpy, role, level)
$python$;

comment on function @extschema@.cerebro_grant(pg_catalog.regrole, text) is
    'Give a role a level instead of the one that it has: predict, train or admin, each with all rights of those before it';

-- functions/cerebro_revoke.sql
create function @extschema@.cerebro_revoke(role pg_catalog.regrole)
returns void
language plpython3u
as $python$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.rights import revoke
    revoke(plpy, role)
$python$;

comment on function @extschema@.cerebro_revoke(pg_catalog.regrole) is
    'Take a role''s level, and share nothing with it any more';

-- views/my_runs.sql
-- The one place that decides who sees a run, for all views of runs. A run that says running and whose
-- planner's session has ended was interrupted; so was one that waits its turn, unless the queue comes to
-- it. The sessions are gathered once, before the rows: on Greenplum only the coordinator knows them. A
-- standby knows none of the primary's, so there a run is taken to be driven.
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
        when (r.status = 'running' or r.status = 'queued' and not r.submitted)
            and not pg_catalog.pg_is_in_recovery()
            and coalesce(r.planner, '') <> all (coalesce(
                (select pg_catalog.array_agg(s.session) from cerebro._sessions() s), '{}'
            ))
        then 'interrupted'
        else r.status
    end as status,
    r.error,
    r.started,
    r.finished,
    r.created,
    r.submitted,
    r.attempts,
    r.queued_behind,
    r.shared_with,
    r.code,
    r.description,
    r.tags
from cerebro._runs r
where cerebro._uses(current_user::text, r.owner, r.shared_with);

comment on view cerebro._my_runs is
    'Runs of the roles whose rights you have and those shared with them, with their status as it is now';

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
    d.created,
    d.shared_with,
    d.folds,
    d.key
from cerebro._datasets d
where cerebro._uses(current_user::text, d.owner, d.shared_with);

comment on view cerebro.datasets is
    'Datasets of the roles whose rights you have, and those shared with them: where the rows came from and how each column is encoded, and why';
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
comment on column cerebro.datasets.shared_with is
    'Roles that may see it and train on it too';
comment on column cerebro.datasets.folds is
    'Number of folds that the partitions are shared out among, 0 for none';
comment on column cerebro.datasets.key is
    'Column that names each row, for cerebro_predictions';

-- views/models.sql
create view cerebro.models with (security_barrier = true) as
select m.name as model, m.owner, m.definition, m.created, m.shared_with
from cerebro._models m
where cerebro._uses(current_user::text, m.owner, m.shared_with);

comment on view cerebro.models is
    'Registered architectures of the roles whose rights you have, and those that are shared with them';
comment on column cerebro.models.model is
    'Name, for cerebro_fit(model := ''{"name": ...}'')';
comment on column cerebro.models.owner is
    'Role that it belongs to';
comment on column cerebro.models.definition is
    'Argument definition of cerebro_model';
comment on column cerebro.models.created is
    'When it was registered';
comment on column cerebro.models.shared_with is
    'Roles that may use it too';

-- views/code.sql
create view cerebro.code as
select
    c.name,
    c.kind,
    c.current,
    c.arguments,
    c.higher_is_better,
    c.sha256,
    c.author,
    c.created,
    c.source
from cerebro._code c;

comment on view cerebro.code is
    'Registered code, which everybody who trains may use: layers, losses and metrics, in all versions that runs may have';
comment on column cerebro.code.name is
    'Name of the class or function';
comment on column cerebro.code.kind is
    'layer, loss or metric';
comment on column cerebro.code.current is
    'Whether runs that begin now get this version';
comment on column cerebro.code.arguments is
    'Its arguments as the source has them; those of a layer are what a Keras config may give it';
comment on column cerebro.code.higher_is_better is
    'Direction of a metric';
comment on column cerebro.code.sha256 is
    'Hash of the source, of which cerebro.runs shows the beginning';
comment on column cerebro.code.author is
    'Administrator who registered it';
comment on column cerebro.code.created is
    'When it was registered';
comment on column cerebro.code.source is
    'What workers execute';

-- views/runs.sql
create view cerebro.runs with (security_barrier = true) as
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
    pg_catalog.round(
        extract(epoch from coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started)::numeric, 3
    )::float8 as seconds,
    r.error,
    r.created,
    r.submitted,
    r.attempts,
    -- A planner that died in the line has left it standing.
    case when r.status = 'queued' then r.queued_behind end as queued_behind,
    r.shared_with,
    r.code,
    r.description,
    r.tags
from cerebro._my_runs r
join cerebro._datasets d on d.id = r.dataset;

comment on view cerebro.runs is
    'Searches of the roles whose rights you have and those shared with them, and how they stand';
comment on column cerebro.runs.status is
    'queued, running, finished, stopped, cancelled, failed, or interrupted: its planner is gone without a word';
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
    'When a planner first took it up';
comment on column cerebro.runs.finished is
    'When it ended';
comment on column cerebro.runs.seconds is
    'From start to end, or to now';
comment on column cerebro.runs.error is
    'What ended it early';
comment on column cerebro.runs.created is
    'When it was written down';
comment on column cerebro.runs.submitted is
    'Whether it is the queue''s: cerebro_run_queue takes it up, and again when its planner has died';
comment on column cerebro.runs.attempts is
    'How many planners have taken it up';
comment on column cerebro.runs.queued_behind is
    'Whom it waits for, while it waits its turn';
comment on column cerebro.runs.shared_with is
    'Roles that may see it and predict with it too';
comment on column cerebro.runs.code is
    'Registered code that its configurations use, each as name@ and the beginning of the sha256: see cerebro.code';
comment on column cerebro.runs.description is
    'What its owner says of it: option description, or cerebro_describe';
comment on column cerebro.runs.tags is
    'Words by which its owner finds it: option tags, or cerebro_describe';

-- views/trained.sql
-- The one place that says which epoch of a configuration counts: its best one, or the last where the run
-- does not want the best back, as all that were asked for before there was that option. Best is the
-- highest value (lowest, where the run's metric is so), and the earliest epoch of several; where no epoch
-- has a value, or the run wants it so, the loss decides. NaN is what the rows do not define: it counts below everything.
create view cerebro._trained as
select
    t.run,
    t.config,
    t.epochs,
    t.seconds,
    pg_catalog.abs(t.best[3])::int as best_epoch
from (
    select
        e.run,
        e.config,
        max(e.epoch) as epochs,
        sum(e.seconds) as seconds,
        -- Compared from left to right.
        max(
            case
                when coalesce(r.options ->> 'restore_best', 'false') = 'false'
                    then array[0, 0, e.epoch]::float8[]
                when r.options ->> 'restore_best' = 'loss' or nullif(e.value, 'NaN') is null
                    then array['-infinity', -coalesce(
                        nullif(coalesce(e.validation ->> 'loss', e.training ->> 'loss')::float8, 'NaN'),
                        'infinity'
                    ), -e.epoch]::float8[]
                else array[case when r.higher_is_better then e.value else -e.value end, 0, -e.epoch]::float8[]
            end
        ) as best
    from cerebro._epochs e
    join cerebro._runs r on r.id = e.run
    group by e.run, e.config
) t;

comment on view cerebro._trained is
    'How far each configuration is trained, and which of its epochs counts';

-- views/configs.sql
create view cerebro.configs with (security_barrier = true) as
select
    r.name as run,
    c.config,
    c.params,
    case
        when c.status not in ('waiting', 'running', 'paused') or r.status = 'running' then c.status
        when r.status not in ('queued', 'interrupted') then 'stopped'
        when c.status = 'paused' then 'paused'
        else 'waiting'
    end as status,
    (coalesce(c.start_units, 0) + count(case when d.folds = 0 or u.fold > 0 then u.run end))
        / coalesce(d.hops, d.partitions) as epochs,
    coalesce(c.start_units, 0) + count(case when d.folds = 0 or u.fold > 0 then u.run end) as units,
    coalesce(d.hops, d.partitions) * coalesce(c.until, c.epochs, r.epochs) as units_planned,
    pg_catalog.round(coalesce(sum(extract(epoch from u.finished - u.started)), 0)::numeric, 3)::float8
        as seconds,
    max(u.state_bytes) as state_bytes,
    c.error,
    c.origin,
    c.parent,
    (
        select pg_catalog.string_agg(p.key || '=' || p.value, ', ' order by p.key)
        from pg_catalog.jsonb_each_text(c.params) p
    ) as params_text,
    t.best_epoch,
    coalesce(c.reason, c.error) as reason,
    c.bracket,
    c.rung,
    coalesce(c.until, c.epochs, r.epochs) as until,
    c.refit,
    count(case when d.folds > 0 and u.fold = 0 then u.run end) as refit_units,
    coalesce(c.spec ->> 'framework', r.options ->> 'framework', 'tensorflow') as framework
from cerebro._configs c
join cerebro._my_runs r on r.id = c.run
join cerebro._datasets d on d.id = r.dataset
left join cerebro._units u on u.run = c.run and u.config = c.config
left join cerebro._trained t on t.run = c.run and t.config = c.config
group by r.name, r.status, r.epochs, r.options, c.run, c.config, d.id, t.best_epoch;

comment on view cerebro.configs is
    'Configurations of each run: the values that the search chose, and how far they are trained';
comment on column cerebro.configs.units is
    'Sub-epochs that are trained and committed; of a clone with those of its parent before';
comment on column cerebro.configs.seconds is
    'Time that workers spent on it';
comment on column cerebro.configs.run is
    'Name of the search';
comment on column cerebro.configs.config is
    'Number of the configuration in its run';
comment on column cerebro.configs.params is
    'Values that the search chose';
comment on column cerebro.configs.status is
    'waiting, running, paused by the search, resting because somebody wants it, finished, stopped, diverged or failed';
comment on column cerebro.configs.epochs is
    'Whole epochs that are trained';
comment on column cerebro.configs.units_planned is
    'Sub-epochs that it is to train, until the search decides again';
comment on column cerebro.configs.state_bytes is
    'Size of its state: weights and optimizer';
comment on column cerebro.configs.error is
    'Why it diverged or failed';
comment on column cerebro.configs.origin is
    'Who proposed it: search, added by cerebro_add, or clone by cerebro_clone';
comment on column cerebro.configs.parent is
    'The configuration that it is a clone of';
comment on column cerebro.configs.params_text is
    'The same as text, name=value, for tools that show no JSON';
comment on column cerebro.configs.best_epoch is
    'Epoch that ranks it, and whose state predicts: its best one, or its last where the run''s option restore_best is false';
comment on column cerebro.configs.reason is
    'Why the search had it stopped, or paused, or go on, the last time; or why it diverged or failed';
comment on column cerebro.configs.bracket is
    'Bracket of the search that it belongs to, from 0';
comment on column cerebro.configs.rung is
    'Rung of its bracket that it has reached, from 0';
comment on column cerebro.configs.until is
    'Epoch until which it may train for now';
comment on column cerebro.configs.refit is
    'Of folds, how many epochs the one network is trained for, on all rows, that predicts in place of theirs; NULL: there is none';
comment on column cerebro.configs.refit_units is
    'Sub-epochs of that network that are trained and committed';
comment on column cerebro.configs.framework is
    'What trains it: tensorflow, jax or torch';

-- views/leaderboard.sql
-- NaN sorts above all numbers in PostgreSQL, so it is turned into NULL to rank last either way. A run's
-- ensemble has a line of its own, as if it were a configuration of number 0.
create view cerebro.leaderboard with (security_barrier = true) as
select
    r.name as run,
    (pg_catalog.rank() over (
        partition by r.name
        order by
            c.status in ('diverged', 'failed'),
            case when r.higher_is_better then -nullif(c.value, 'NaN') else nullif(c.value, 'NaN') end
                nulls last,
            nullif(coalesce(c.validation ->> 'loss', c.training ->> 'loss')::float8, 'NaN')
                nulls last,
            c.config
    ))::int as rank,
    c.config,
    c.params,
    r.metric,
    nullif(c.value, 'NaN') as value,
    nullif((c.training ->> 'loss')::float8, 'NaN') as loss,
    nullif((c.validation ->> 'loss')::float8, 'NaN') as validation_loss,
    coalesce(c.epochs, 0) as epochs,
    pg_catalog.round(coalesce(c.seconds, 0)::numeric, 3)::float8 as seconds,
    case
        when c.status not in ('waiting', 'running', 'paused') or r.status = 'running' then c.status
        when r.status not in ('queued', 'interrupted') then 'stopped'
        when c.status = 'paused' then 'paused'
        else 'waiting'
    end as status,
    (
        select pg_catalog.string_agg(p.key || '=' || p.value, ', ' order by p.key)
        from pg_catalog.jsonb_each_text(c.params) p
    ) as params_text,
    c.best_epoch,
    a.threshold,
    nullif(c.deviation, 'NaN') as deviation,
    c.refit
from cerebro._my_runs r
join (
    select
        own.run,
        own.config,
        own.params,
        own.status,
        e.value,
        e.training,
        e.validation,
        t.epochs,
        t.seconds,
        t.best_epoch,
        e.deviation,
        own.refit
    from cerebro._configs own
    left join cerebro._trained t on t.run = own.run and t.config = own.config
    left join cerebro._epochs e
        on e.run = t.run and e.config = t.config and e.epoch = t.best_epoch
    union all
    select
        m.run,
        m.config,
        (
            '{"members": {'
            || pg_catalog.string_agg(
                '"' || m.member::text || '": ' || m.weight::text, ', ' order by m.member
            )
            || '}}'
        )::jsonb,
        'finished',
        found.value,
        null::jsonb,
        found.validation,
        null::int,
        found.seconds,
        null::int,
        null::float8,
        null::int
    from cerebro._members m
    join cerebro._appraisals found on found.run = m.run and found.config = m.config
    group by m.run, m.config, found.value, found.validation, found.seconds
) c on c.run = r.id
left join cerebro._appraisals a on a.run = c.run and a.config = c.config;

comment on view cerebro.leaderboard is
    'Configurations of each run, best first by rank, as of their best epoch';
comment on column cerebro.leaderboard.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.leaderboard.loss is
    'Loss on the training rows, in the best epoch as all figures';
comment on column cerebro.leaderboard.run is
    'Name of the search';
comment on column cerebro.leaderboard.rank is
    '1 is best';
comment on column cerebro.leaderboard.config is
    'Number of the configuration in its run; 0 is the run''s ensemble, the weighted mean of several';
comment on column cerebro.leaderboard.params is
    'Values that the search chose; of an ensemble its members, by number, with their weights';
comment on column cerebro.leaderboard.metric is
    'What ranks the configurations';
comment on column cerebro.leaderboard.validation_loss is
    'Loss on the validation rows';
comment on column cerebro.leaderboard.epochs is
    'Whole epochs that are trained';
comment on column cerebro.leaderboard.seconds is
    'Time that workers spent on it';
comment on column cerebro.leaderboard.status is
    'As in cerebro.configs';
comment on column cerebro.leaderboard.params_text is
    'The same as text, name=value, for tools that show no JSON';
comment on column cerebro.leaderboard.best_epoch is
    'Epoch that the figures are taken after: its best one, or its last where the run''s option restore_best is false';
comment on column cerebro.leaderboard.threshold is
    'Above which probability a class is predicted, of several labels each; NULL: the more probable is';
comment on column cerebro.leaderboard.deviation is
    'Of folds, by how much their values differ: the standard deviation';
comment on column cerebro.leaderboard.refit is
    'As in cerebro.configs: of how many epochs the network is that is trained on all rows, and predicts';

-- views/learning_curves.sql
-- What the rows do not define is stored as NaN, which sorts above all numbers; JSON has it as text.
create view cerebro.learning_curves with (security_barrier = true) as
select
    r.name as run,
    e.config,
    e.epoch,
    r.metric,
    nullif(e.value, 'NaN') as value,
    nullif((e.training ->> r.metric)::float8, 'NaN') as training_value,
    nullif((e.training ->> 'loss')::float8, 'NaN') as loss,
    nullif((e.validation ->> 'loss')::float8, 'NaN') as validation_loss,
    pg_catalog.regexp_replace(e.training::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb
        as training,
    pg_catalog.regexp_replace(e.validation::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb
        as validation,
    pg_catalog.round(e.seconds::numeric, 3)::float8 as seconds,
    e.finished,
    nullif(e.deviation, 'NaN') as deviation,
    pg_catalog.regexp_replace(e.folds::text, ': "-?(nan|inf)"', ': null', 'g')::jsonb as folds
from cerebro._epochs e
join cerebro._my_runs r on r.id = e.run;

comment on view cerebro.learning_curves is
    'Loss and metrics of each configuration after each epoch';
comment on column cerebro.learning_curves.value is
    'The run''s metric on the validation rows (on the training rows where there are none)';
comment on column cerebro.learning_curves.training is
    'All metrics on the training rows, measured while training as Keras does; null where the rows do not define one';
comment on column cerebro.learning_curves.validation is
    'All metrics on the validation rows, measured after the epoch; null where the rows do not define one';
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
comment on column cerebro.learning_curves.deviation is
    'Of folds, by how much their values differ: the standard deviation';
comment on column cerebro.learning_curves.folds is
    'Of folds, all metrics of each on its own rows, of which validation has the means';

-- views/decisions.sql
create view cerebro.decisions with (security_barrier = true) as
select r.name as run, d.seq, d.at, d.config, d.what, d.epoch, d.parent, d.why
from cerebro._decisions d
join cerebro._my_runs r on r.id = d.run;

comment on view cerebro.decisions is
    'What the search of each run has decided, and why';
comment on column cerebro.decisions.run is
    'Name of the search';
comment on column cerebro.decisions.seq is
    'Counts up, with gaps: what the search was told in between counts too';
comment on column cerebro.decisions.at is
    'When it was decided';
comment on column cerebro.decisions.config is
    'Configuration that it is about; NULL: the run as a whole';
comment on column cerebro.decisions.what is
    'What was decided: to start a configuration, to have it go on, to stop it';
comment on column cerebro.decisions.epoch is
    'Epoch until which the configuration trains, or after which it stops';
comment on column cerebro.decisions.parent is
    'Configuration whose state it begins with';
comment on column cerebro.decisions.why is
    'Why, with the figures that decided';

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
    end as remaining,
    pg_catalog.round(extract(epoch from p.elapsed)::numeric, 3)::float8 as elapsed_seconds,
    case
        when p.status = 'running' and p.units > 0
        then pg_catalog.round(
            (extract(epoch from p.elapsed) * (p.units_planned - p.units) / p.units)::numeric, 3
        )::float8
    end as remaining_seconds
from (
    select
        r.run,
        r.status,
        r.configs,
        coalesce(c.finished, 0) as configs_finished,
        coalesce(c.units, 0) as units,
        coalesce(c.units_planned + coalesce(c.refits, 0) * r.partitions + c.given_up, 0)
            as units_planned,
        coalesce(r.finished, pg_catalog.clock_timestamp()) - r.started as elapsed
    from cerebro.runs r
    left join (
        select
            run,
            count(*) filter (where status not in ('waiting', 'running', 'paused')) as finished,
            sum(units + refit_units)::bigint as units,
            sum(case when status in ('waiting', 'running') then units_planned else units end)::bigint
                as units_planned,
            sum(refit)::bigint as refits,
            sum(case when refit is null then refit_units else 0 end)::bigint as given_up
        from cerebro.configs
        group by run
    ) c on c.run = r.run
) p;

comment on view cerebro.progress is
    'How far each run is, from what its workers have committed';
comment on column cerebro.progress.units_planned is
    'Sub-epochs in all, as far as the search has decided, without those of configurations that ended early';
comment on column cerebro.progress.remaining is
    'Estimated time to the end, at the speed so far';
comment on column cerebro.progress.run is
    'Name of the search';
comment on column cerebro.progress.status is
    'As in cerebro.runs';
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
comment on column cerebro.progress.elapsed_seconds is
    'The same as a number, for tools that show no interval';
comment on column cerebro.progress.remaining_seconds is
    'The same as a number, for tools that show no interval';

-- views/hops.sql
create view cerebro.hops with (security_barrier = true) as
select
    r.name as run,
    u.config,
    u.epoch,
    u."partition",
    u.position,
    u.worker,
    u.pid,
    u.rows,
    u.state_bytes,
    u.started,
    u.finished,
    pg_catalog.round(extract(epoch from u.finished - u.started)::numeric, 3)::float8 as seconds,
    u.segment,
    pg_catalog.round(
        extract(
            epoch from u.started - lag(u.finished) over (
                partition by r.name, u.worker order by u.started
            )
        )::numeric,
        3
    )::float8 as idle,
    u.fold
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
comment on column cerebro.hops.fold is
    'Whose network it is, which is trained on the other partitions and measured on those of its fold; 0 where there are no folds, and for the network that is trained on all rows in the end';

-- views/workers.sql
-- Whose keeper is gone is left behind, whatever it has said: nobody waits for what it does. That a
-- session is a worker it could say of itself; so it has to log in as a worker does.
create view cerebro.workers with (security_barrier = true) as
select
    w.pid,
    m.name as run,
    w.role as owner,
    case when w.state = 'working' and k.pid is null then 'left' else w.state end as state,
    w.since,
    w.keeper
from cerebro._workers w
join cerebro._sessions() s on s.pid = w.pid
join pg_catalog.pg_stat_activity a
    on a.pid = w.pid
    and a.application_name = 'cerebro_db worker'
left join pg_catalog.pg_stat_activity k on k.pid = w.keeper
left join cerebro._my_runs m on m.id = w.run
where cerebro._owns(current_user::text, coalesce(w.role, ''));

comment on view cerebro.workers is
    'Sessions that train or predict for the roles whose rights you have; administrators see all';
comment on column cerebro.workers.pid is
    'Process id of its backend';
comment on column cerebro.workers.run is
    'Name of the search that it works for, or did last; NULL: none, it predicts or gets ready';
comment on column cerebro.workers.owner is
    'Role that it works for; NULL: whoever has a model predict that needs its framework';
comment on column cerebro.workers.state is
    'working; idle; warm: it is ready for whoever its keeper, a service, searches for; or left: it was cancelled or its caller is gone, and a call of the framework goes on';
comment on column cerebro.workers.since is
    'When that began';
comment on column cerebro.workers.keeper is
    'Process id of the caller that keeps it';

-- views/serving.sql
-- What a prediction needs in the caller's session, for those who may use the run: the networks of which
-- the mean, by their weights, is what a configuration answers. That is its own state alone, or for config
-- 0, the run's ensemble, those of its members. Rank 1 is the best configuration, an ensemble comes before
-- it; of each configuration one state at most has a rank, or one of each fold's network: each has an equal
-- part in what it answers. Where it has a refit as well, of fold 0, that answers alone. What each statement asks is who serves: outer
-- joins, though there is always a row, so that the planner leaves out those that nothing is asked of.
create view cerebro._serving with (security_barrier = true) as
select
    r.name as run,
    r.id,
    s.config,
    d.encoding,
    k.state,
    (select e.oid::bigint from pg_catalog.pg_extension e where e.extname = 'cerebro_db')
        as installation,
    cerebro._spec(c.spec, p.document) as spec,
    s.rank,
    k.units,
    s.member,
    s.weight / (
        select count(*)
        from cerebro._kept_states f
        where f.run = k.run and f.config = k.config and f.rank is not null
            and (f.fold = 0) = (k.fold = 0)
    ) as weight,
    a.threshold,
    k.fold,
    k.fold = 0 or not exists (
        select 1
        from cerebro._kept_states f
        where f.run = k.run and f.config = k.config and f.rank is not null and f.fold = 0
    ) as answers
from cerebro._my_runs r
left join cerebro._datasets d on d.id = r.dataset
join (
    select distinct own.run, own.config, own.config as member, 1::float8 as weight, own.rank
    from cerebro._kept_states own
    where own.rank is not null
    union all
    select m.run, m.config, m.member, m.weight, 0
    from cerebro._members m
) s on s.run = r.id
join cerebro._kept_states k on k.run = s.run and k.config = s.member and k.rank is not null
left join cerebro._appraisals a on a.run = s.run and a.config = s.config
left join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs p on p.run = c.run and p.sha256 = c.common;

comment on view cerebro._serving is
    'Configurations of each run that predict, with the networks that they are the mean of, and how rows are encoded';

-- views/audit.sql
-- Simple enough that an administrator can delete through it.
create view cerebro.audit with (security_barrier = true) as
select a.id, a.at, a.login, a.role, a.action, a.kind, a.name, a.details
from cerebro._audit a
where cerebro._owns(current_user::text, a.role);

comment on view cerebro.audit is
    'What the roles did whose rights you have: each verb that made, changed, shared or dropped something, or read rows in bulk';
comment on column cerebro.audit.id is
    'Counts up';
comment on column cerebro.audit.at is
    'When it was done';
comment on column cerebro.audit.login is
    'Role that had logged in';
comment on column cerebro.audit.role is
    'Role that did it: the login, or what SET ROLE or a function had made of it';
comment on column cerebro.audit.action is
    'The verb, without cerebro_';
comment on column cerebro.audit.kind is
    'Of what: run, dataset, model, code or role';
comment on column cerebro.audit.name is
    'Its name';
comment on column cerebro.audit.details is
    'What else there is to know: source, rows, output, configuration, role, level';

-- views/grants.sql
-- As the rights themselves say it: a role has a level if it may call that level's foremost function,
-- however it came by that. So it shows what a new version has to grant anew.
create view cerebro.grants as
select
    r.oid::pg_catalog.regrole as role,
    (array['predict', 'train', 'admin'])[max(l.number)] as level
from (values (1, 'cerebro_predict'), (2, 'cerebro_fit'), (3, '_set_level')) l (number, foremost)
join pg_catalog.pg_proc p on p.proname = l.foremost
join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
join pg_catalog.pg_extension e
    on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and e.oid = d.refobjid
cross join lateral pg_catalog.aclexplode(p.proacl) a
join pg_catalog.pg_roles r on r.oid = a.grantee
where e.extname = 'cerebro_db' and a.grantee <> p.proowner
group by r.oid;

comment on view cerebro.grants is
    'Roles that were given a level with cerebro_grant; their members have it too';
comment on column cerebro.grants.role is
    'Role that has it';
comment on column cerebro.grants.level is
    'predict, train or admin, each with all rights of those before it';

-- views/rights.sql
-- What each level consists of: the one list. A level has what is listed under it and under those
-- before it. Names are resolved among the extension's own objects: functions have their arguments from
-- the catalog, and what a server has not is left out.
create view cerebro._rights as
with levels (level, levels) as (
    values
        ('predict', array['predict', 'train', 'admin']),
        ('train', array['train', 'admin']),
        ('admin', array['admin'])
), members as (
    select d.classid, d.objid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid
    where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        and d.deptype = 'e'
        and e.extname = 'cerebro_db'
), functions (level, name) as (
    values
        ('predict', 'cerebro_predict'),
        ('predict', 'cerebro_score'),
        ('predict', 'cerebro_proba'),
        ('predict', 'cerebro_predict_table'),
        ('predict', 'cerebro_evaluate'),
        ('predict', '_load_package'),
        ('predict', '_python_path'),
        ('predict', '_admin'),
        ('predict', '_owns'),
        ('predict', '_uses'),
        ('predict', '_sessions'),
        ('predict', '_spec'),
        ('predict', '_loopback'),
        ('predict', '_predict'),
        ('predict', '_score'),
        ('predict', '_proba'),
        ('predict', '_predict_batch'),
        ('predict', '_evaluate_batch'),
        ('predict', '_array_bytes'),
        ('predict', '_row_in_utf8'),
        ('predict', '_plain_messages'),
        ('predict', '_run_statement'),
        ('train', 'cerebro_prepare'),
        ('train', '_prepare'),
        ('train', 'cerebro_predictions'),
        ('train', '_out_of_fold'),
        ('train', '_out_of_fold_chunks'),
        ('train', 'cerebro_fit'),
        ('train', '_fit'),
        ('train', 'cerebro_submit'),
        ('train', 'cerebro_run_queue'),
        ('train', '_keep_warm'),
        ('train', 'cerebro_wait'),
        ('train', 'cerebro_resume'),
        ('train', '_resume'),
        ('train', 'cerebro_stop'),
        ('train', 'cerebro_cancel'),
        ('train', 'cerebro_clone'),
        ('train', 'cerebro_add'),
        ('train', 'cerebro_model'),
        ('train', 'cerebro_describe'),
        ('train', 'cerebro_drop'),
        ('train', 'cerebro_share'),
        ('train', 'cerebro_unshare'),
        ('train', '_learn_batch'),
        ('train', '_pack_batch'),
        ('train', '_role_name'),
        ('train', '_doctor'),
        ('admin', 'cerebro_grant'),
        ('admin', 'cerebro_revoke'),
        ('admin', '_set_level'),
        ('admin', 'cerebro_register_code'),
        ('admin', '_store_code'),
        ('admin', '_drop_code')
), relations (level, name, privilege) as (
    values
        ('predict', 'runs', 'select'),
        ('predict', 'configs', 'select'),
        ('predict', 'leaderboard', 'select'),
        ('predict', 'learning_curves', 'select'),
        ('predict', 'decisions', 'select'),
        ('predict', 'progress', 'select'),
        ('predict', 'hops', 'select'),
        ('predict', 'datasets', 'select'),
        ('predict', 'models', 'select'),
        ('predict', 'audit', 'select'),
        ('predict', '_serving', 'select'),
        ('train', 'code', 'select'),
        ('train', 'workers', 'select'),
        ('admin', 'audit', 'delete'),
        ('admin', 'grants', 'select'),
        ('admin', 'settings', 'select, insert, update, delete'),
        ('admin', 'segments', 'select, update')
)
select l.level, l.levels, 'schema' as kind, 'cerebro' as object, 'usage' as privilege
from levels l
where l.level = 'predict'
union all
select l.level, l.levels, 'function', p.oid::pg_catalog.regprocedure::text, 'execute'
from functions f
join levels l on l.level = f.level
join pg_catalog.pg_proc p on p.proname = f.name
join members m on m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and m.objid = p.oid
union all
select l.level, l.levels, 'table', c.oid::pg_catalog.regclass::text, r.privilege
from relations r
join levels l on l.level = r.level
join pg_catalog.pg_class c on c.relname = r.name
join members m on m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and m.objid = c.oid;

comment on view cerebro._rights is
    'What each level of cerebro_grant consists of';

-- ownership.sql
-- What the worker's role may do: all with what is its own, and beyond that what is listed here.
do $do$
begin
    if cerebro._worker_powers() is not null then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'role cerebro_worker may do more than workers of cerebro_db need',
            detail = 'It is: ' || cerebro._worker_powers() || '.',
            hint = 'Take that from it, or drop it: where it is missing, it is created.';
    end if;
end
$do$;

select cerebro._hand_over();

-- The audit trail: to add to it, not to read or change what is there. Greenplum 6 wants UPDATE where
-- USAGE would do.
grant insert on cerebro._audit to cerebro_worker;
grant usage, update on sequence cerebro._audit_id_seq to cerebro_worker;

-- What it reads and others write.
grant select on cerebro.settings to cerebro_worker;
grant select on cerebro._code to cerebro_worker;
grant select on cerebro._my_runs to cerebro_worker;
grant select on cerebro.leaderboard to cerebro_worker;

-- The functions that workers and control sessions call.
do $do$
declare
    called constant text[] := array[
        '_load_package', '_python_path', '_plain_messages', '_admin', '_owns', '_uses', '_sessions',
        '_log_no_data',
        '_end_idle', '_leave_workers', '_spec', '_worker_powers',
        '_start_worker', '_hold', '_train', '_begin_unit', '_feed', '_finish_unit',
        '_begin_appraisal', '_finish_appraisal',
        '_load_model', '_infer', '_measure',
        '_take_chunk', '_take_chunks', '_discard_here', '_discard_chunks'
    ];
    permitted record;
begin
    for permitted in
        select p.oid::pg_catalog.regprocedure as signature
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'cerebro' and p.proname = any (called)
    loop
        execute pg_catalog.format(
            'grant execute on function %s to cerebro_worker', permitted.signature
        );
    end loop;
end
$do$;

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
            and pg_catalog.has_function_privilege('public', p.oid, 'execute')
    loop
        execute pg_catalog.format('revoke all on function %s from public', member.signature);
    end loop;
end
$do$;

-- Where a script of an extension grants or revokes, the server takes note of all rights on the object
-- as initial ones, which pg_dump leaves out. In an update users' rights are among them: these are taken
-- off the note, which keeps the owner's and the worker's. Greenplum 6 takes no notes.
do $do$
begin
    if pg_catalog.to_regclass('pg_catalog.pg_init_privs') is not null then
        update pg_catalog.pg_init_privs i
        set initprivs = array(
            select held
            from pg_catalog.unnest(i.initprivs) held
            where exists (
                select 1
                from pg_catalog.aclexplode(array[held]) a
                left join pg_catalog.pg_roles r on r.oid = a.grantee
                where a.grantee = a.grantor or r.rolname = 'cerebro_worker'
            )
        )
        from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = d.refobjid
        where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            and d.deptype = 'e'
            and e.extname = 'cerebro_db'
            and d.classid = i.classoid
            and d.objid = i.objoid;
    end if;
end
$do$;
