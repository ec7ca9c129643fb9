-- On a new server: a database of the user's own, a search there, and what it predicts is kept.
create database shop;
\connect shop
create extension plpython3u;
create extension cerebro_db;

create table flowers as
select id, (id % 3)::float8 + (id * 37 % 100) / 400.0 as petal, (id * 53 % 100) / 100.0 as noise,
       (array['iris', 'rose', 'tulip'])[1 + id % 3] as kind
from generate_series(1, 900) id;

select rank, value, epochs, status from cerebro_fit('flowers', target := 'kind',
    source := 'select petal, noise, kind from flowers', epochs := 5, seed := 1,
    space := '{"hidden": [[16], [32]], "learning_rate": [0.01], "batch_size": [32]}');

create table predicted as
select id, cerebro_predict('flowers', f) as kind, cerebro_proba('flowers', f)::text as proba
from flowers f;

do $$
declare
    matched float8;
begin
    select avg((f.kind = p.kind)::int) into matched from flowers f join predicted p using (id);
    if matched < 0.9 then
        raise exception 'only % of the rows are predicted right', matched;
    end if;
end;
$$;
