-- home hashes to its own segment, so each row lies where it speaks of, and "where home = k" is
-- dispatched to that segment alone. The engine fills it, and anew after a restore or an expansion: a
-- dump leaves it out.
create table cerebro.segments (
    segment int not null,
    home int primary key,
    weight float8 not null default 1 check (weight >= 0 and weight < 'infinity')
) distributed by (home);

comment on table cerebro.segments is
    'Greenplum segments, and the share of partitions that each is given';
comment on column cerebro.segments.segment is
    'Content id of the segment';
comment on column cerebro.segments.home is
    'Value of an int distribution key that lies on this segment';
comment on column cerebro.segments.weight is
    'For the administrator to update: 0 keeps partitions off the segment, 2 gives it twice as many as 1';
