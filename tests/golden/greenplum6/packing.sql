-- == validation rows and five partitions are packed

-- create_chunks
create table "cerebro_data"."_chunks_8" (
    home int not null,
    validation boolean not null,
    "partition" int not null,
    seq int not null,
    rows int not null,
    payload bytea not null,
    primary key (home, validation, "partition", seq)
)
distributed by (home);

-- store_chunks
alter table "cerebro_data"."_chunks_8" alter column payload set storage external;

-- comment_table
comment on table "cerebro_data"."_chunks_8" is 'Packed rows of dataset customers';

-- segments
select gp_segment_id as segment, home, weight
from cerebro.segments
order by gp_segment_id, home;

-- primaries
select content as segment, count(*) over (partition by hostname)::int as neighbours
from pg_catalog.gp_segment_configuration
where role = 'p' and content >= 0
order by content;

-- select: $1 = 'optimizer'
select current_setting($1::text) as value;

-- select: $1 = 'enable_hashagg'
select current_setting($1::text) as value;

-- select: $1 = 'optimizer', $2 = 'off'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'off'
select set_config($1::text, $2::text, false);

-- pack
select sum(bytes)::bigint as bytes
from (
    select cerebro._pack_batch(
        '00000000000000000000000000000001', '{"features": [{"class": "Number", "column": "amount", "type": "numeric(10,2)", "why": "type numeric(10,2)", "missing": false, "null_share": 0.0, "mean": 2.0, "scale": 1.0, "boolean": false, "edges": [-1.0, 1.0], "robust": [-1.0, 0.5], "values": [], "scaling": "standard", "quantiles": [], "shares": []}], "dropped": [], "output": {"task": "binary", "columns": ["kind"], "units": 1, "classes": ["new", "old"], "counts": [1, 1], "means": [], "scales": [], "hot": false, "lows": [], "highs": []}, "weights": null}', '{"class": "RowLayout", "features": [[{"name": "amount", "type": "numeric(10,2)", "send": "numeric_send", "element": ""}, "number"], [{"name": "city", "type": "text", "send": "textsend", "element": ""}, "text"]], "targets": [{"name": "kind", "type": "character varying(9)", "send": "varcharsend", "element": ""}], "label_form": "text", "wanted": null}', extent, seq::int, count(*)::int, pg_catalog.record_send(row(string_agg(int8send(position), ''::bytea), string_agg(floats, ''::bytea), pg_catalog.convert_to('[' || string_agg(pg_catalog.array_to_json(text_0)::pg_catalog.text, ',') || ']', 'UTF8'), pg_catalog.convert_to(pg_catalog.array_to_json(array_agg(t0::text))::pg_catalog.text, 'UTF8')))
    ) as bytes
    from (
        select *, (position - ('{0,200,360,520,680,840}'::int2[]::bigint[])[1 + extent]) / 65536 as seq
        from (
            select *, case when position < 520 then case when position < 200 then 0 else case when position < 360 then 1 else 2 end end else case when position < 680 then 3 else case when position < 840 then 4 else 5 end end end as extent
            from pg_temp._cerebro_staged_3
            where position < 1000
        ) as with_extent
    ) as with_seq
    group by extent, seq
) as packed;

-- select: $1 = 'optimizer', $2 = 'on'
select set_config($1::text, $2::text, false);

-- select: $1 = 'enable_hashagg', $2 = 'on'
select set_config($1::text, $2::text, false);

-- take
insert into "cerebro_data"."_chunks_8" (home, validation, "partition", seq, rows, payload)
select place.home, place.validation, place.number, chunk.seq, chunk.rows, chunk.payload
from cerebro._take_chunks('00000000000000000000000000000001') as chunk
join unnest(
    '{0,0,1,2,3,4,5}'::int2[]::int[], '{3,5,3,5,3,5,3}'::int2[]::int[], '{t,t,f,f,f,f,f}'::bool[]::boolean[], '{0,0,0,1,2,3,4}'::int2[]::int[]
) as place (extent, home, validation, number) on place.extent = chunk.extent;

-- arrived
select home, validation, "partition" as number, sum(rows)::bigint as rows
from "cerebro_data"."_chunks_8"
group by home, validation, "partition";

-- == after an error, in a session of its own: what was not taken is removed

-- discard
select count(*) from cerebro._discard_chunks('00000000000000000000000000000001');
