-- last: the highest number that was given out
select coalesce(max(config), 0) as config from cerebro._configs where run = $1::bigint;

-- common_there: which parts that configurations have in common are written already
select sha256 from cerebro._specs where run = $1::bigint;

-- add_common: one of them, however many configurations refer to it
insert into cerebro._specs (run, sha256, document) values ($1::bigint, $2::text, $3::jsonb);

-- add: a portion at once, from an array of objects
insert into cerebro._configs (
    run, config, params, spec, common, origin, parent, walk, start_units, epochs, until, bracket, rung,
    reason
)
select
    $1::bigint, (c ->> 'config')::int, c -> 'params', c -> 'spec', c ->> 'common', c ->> 'origin',
    (c ->> 'parent')::int, (c ->> 'walk')::int, (c ->> 'start_units')::int,
    (c ->> 'epochs')::int, (c ->> 'until')::int, (c ->> 'bracket')::int, (c ->> 'rung')::int,
    c ->> 'reason'
from jsonb_array_elements($2::jsonb -> 'configs') c;

-- all: as they stand
select
    c.config, c.params, c.status, c.error, c.wanted, c.origin, c.parent,
    coalesce(c.walk, c.config) as walk, c.start_units, c.epochs, c.until, c.bracket,
    c.rung, c.reason
from cerebro._configs c
where c.run = $1::bigint
order by c.config;

-- spec: for workers that cannot read this table
select cerebro._spec(c.spec, s.document) as spec
from cerebro._configs c
left join cerebro._specs s on s.run = c.run and s.sha256 = c.common
where c.run = $1::bigint and c.config = $2::int;

-- set_status: one row, a few times in its life
update cerebro._configs
set status = $3::text, error = $4::text, reason = coalesce($5::text, reason)
where
    run = $1::bigint and config = $2::int
    and (status is distinct from $3::text or reason is distinct from coalesce($5::text, reason));

-- set_until: the search lets it go on
update cerebro._configs
set until = $3::int, rung = coalesce($4::int, rung), reason = coalesce($5::text, reason)
where run = $1::bigint and config = $2::int;

-- set_epochs: a person lets it go on
update cerebro._configs
set epochs = $3::int, until = null
where run = $1::bigint and config = $2::int;

-- rest: what a person wants of a configuration
update cerebro._configs
set wanted = 'rest'
where run = $1::bigint and config = $2::int;

-- wake: see rest; it waits to be taken in again
update cerebro._configs
set wanted = 'train', status = 'waiting', error = null, until = epochs
where run = $1::bigint and config = $2::int;

-- set_refit: the epochs of one
update cerebro._configs
set refit = $3::int
where run = $1::bigint and config = $2::int and refit is distinct from $3::int;

-- forget_refits: of all but these
update cerebro._configs
set refit = null
where run = $1::bigint and refit is not null and config <> all ($2::int[]);

-- start_at: a clone has taken over its parent's state of so many units, NULL: has lost it again
update cerebro._configs
set start_units = $3::int
where run = $1::bigint and config = $2::int;

-- kept: states that outlive their epoch
select config, fold, rank, units from cerebro._kept_states where run = $1::bigint
order by config, fold, units;

-- serving: those with a rank, 1 is best
select config from cerebro._kept_states
where run = $1::bigint and rank is not null
group by config, rank
order by rank;

-- serving_state: of a network of one of them
select state from cerebro._kept_states
where run = $1::bigint and config = $2::int and fold = $3::int and rank is not null;

-- unrank: it serves no longer
update cerebro._kept_states
set rank = null
where
    run = $1::bigint and config = $2::int and fold = $3::int and units = $4::int
    and rank is not null;

-- of_first_release: states of 0.1.0, whose optimizers were laid out in another way; names come first
select config
from cerebro._kept_states
where run = $1::bigint
    and position('"optimizer/000"'::bytea in substring(state from 1 for 100000)) > 0;

-- forget_kept: no longer among the best, or superseded
delete from cerebro._kept_states
where run = $1::bigint and config = $2::int and fold = $3::int and units = $4::int;
