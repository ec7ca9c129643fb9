-- States inside of an epoch have tables apart from those at its end now, whatever the run's durability.
-- A run that was broken off goes on with what it has. What is made here is no member of the extension.
do $do$
declare
    old record;
begin
    for old in
        select
            c.relname::text as name,
            pg_catalog.replace(c.relname::text, 'states', 'hops') as inside,
            d.partitions,
            -- On Greenplum, which would choose another key.
            case
                when exists (
                    select 1
                    from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'home'
                )
                then ' distributed by (home)'
                else ''
            end as distribution
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join cerebro._runs r on r.id = pg_catalog.split_part(c.relname::text, '_', 3)::bigint
        join cerebro._datasets d on d.id = r.dataset
        where n.nspname = 'cerebro_data'
            and c.relkind = 'r'
            and c.relname ~ '^_states_[0-9]+_[0-9]+$'
            and d.partitions > 1
            and coalesce(r.options ->> 'durability', 'async') <> 'epoch'
    loop
        execute pg_catalog.format(
            'create table cerebro_data.%I (like cerebro_data.%I including all)%s',
            old.inside,
            old.name,
            old.distribution
        );
        execute pg_catalog.format(
            'alter extension cerebro_db drop table cerebro_data.%I', old.inside
        );
        execute pg_catalog.format(
            'insert into cerebro_data.%I select * from cerebro_data.%I where step < %s',
            old.inside,
            old.name,
            old.partitions
        );
        execute pg_catalog.format(
            'delete from cerebro_data.%I where step < %s', old.name, old.partitions
        );
        execute pg_catalog.format(
            'comment on table cerebro_data.%I is %L',
            old.inside,
            pg_catalog.obj_description(
                ('cerebro_data.' || old.name)::pg_catalog.regclass, 'pg_class'
            )
        );
    end loop;
end
$do$;

-- A state is that of a network, of which a configuration has one for each fold.
do $do$
declare
    old record;
begin
    for old in
        select c.relname::text as name
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'cerebro_data'
            and c.relkind = 'r'
            and c.relname ~ '^_(states|hops)_[0-9]+_[0-9]+$'
    loop
        execute pg_catalog.format(
            'alter table cerebro_data.%I add column fold int not null default 0', old.name
        );
    end loop;
end
$do$;
