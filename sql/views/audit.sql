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
