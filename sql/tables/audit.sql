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
)@distributed_by_id@;

select pg_catalog.pg_extension_config_dump('cerebro._audit', '');
select pg_catalog.pg_extension_config_dump('cerebro._audit_id_seq', '');

comment on table cerebro._audit is
    'Who did what: see cerebro.audit';
comment on sequence cerebro._audit_id_seq is
    'Numbers what was done';
