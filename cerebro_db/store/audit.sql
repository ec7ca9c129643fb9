-- record: nothing is read again, which workers could not
insert into cerebro._audit (login, role, action, kind, name, details)
values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb);
