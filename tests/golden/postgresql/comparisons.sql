-- == in the control session: where the partitions lie

-- serve: $1 = [], $2 = 6
update cerebro._workers set run = $2::bigint where pid = any ($1::int[]);

-- partitions
select
    validation, partition as number, 0 as segment, 0 as home,
    count(*)::int as chunks, sum(length(payload))::bigint as bytes, array_agg(rows) as rows
from "cerebro_data"."_chunks_8"
group by validation, partition;

-- states_of_run: $1 = '^_(states|hops)_6_\d+$'
select c.relname::text as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cerebro_data' and c.relkind = 'r' and c.relname ~ $1::text;

-- == configuration 4 predicts the validation rows

-- begin_appraisal: $1 = {"family": "linear"}, $2 = {"config": 4, "fold": 0, "output": null, "first": true}, $3 = <5 bytes>
select cerebro._begin_appraisal($1::jsonb, $2::jsonb, $3::bytea);

-- feed: $1 = 8, $2 = true, $3 = 0
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- == configuration 2 predicts the validation rows

-- begin_appraisal: $1 = {"family": "linear"}, $2 = {"config": 2, "fold": 0, "output": null, "first": false}, $3 = <5 bytes>
select cerebro._begin_appraisal($1::jsonb, $2::jsonb, $3::bytea);

-- feed: $1 = 8, $2 = true, $3 = 0
select cerebro._feed($2::boolean, c.seq, c.payload)
from (
    select seq, payload
    from "cerebro_data"."_chunks_8"
    where validation = $2::boolean and partition = $3::int and $1::bigint is not null
    order by seq
    offset 0
) c;

-- == what follows from that

-- finish_appraisal: $1 = {"configs": [4, 2], "metric": "auc", "higher_is_better": true, "most": 3, "threshold": "f1"}
select cerebro._finish_appraisal($1::jsonb) as found;
