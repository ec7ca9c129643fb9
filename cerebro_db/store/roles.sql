-- name: of a role in the text form of its type, which quotes some
select cerebro._role_name($1::text) as name;

-- set_level: in the caller's transaction, as GRANT is
select cerebro._set_level($1::text, $2::text);
