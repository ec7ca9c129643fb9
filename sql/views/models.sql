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
