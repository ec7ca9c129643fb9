-- == predictions by a model that the worker does not hold yet

-- infer: $1 = 6, $2 = 4, $3 = <96 bytes>
select cerebro._infer($1::bigint, $2::int, $3::bytea) as payload;

-- load_model: $1 = 6, $2 = 4, $3 = 0, $4 = 0
select cerebro._load_model(k.run, k.config, cerebro._spec(c.spec, s.document), k.state)
from cerebro._kept_states k
join cerebro._configs c on c.run = k.run and c.config = k.config
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where k.run = $1::bigint and k.config = $2::int and k.units = $3::int and k.fold = $4::int;

-- infer: $1 = 6, $2 = 4, $3 = <96 bytes>
select cerebro._infer($1::bigint, $2::int, $3::bytea) as payload;
