-- A run waits in a queue, and is taken up by one planner after the other.
alter table cerebro._runs drop constraint _runs_status_check;
alter table cerebro._runs
    add constraint _runs_status_check
    check (status in ('queued', 'running', 'finished', 'stopped', 'cancelled', 'failed'));
alter table cerebro._runs alter column status set default 'queued';
alter table cerebro._runs alter column started drop not null;
alter table cerebro._runs alter column started drop default;
alter table cerebro._runs add column created timestamptz;
alter table cerebro._runs add column submitted boolean not null default false;
alter table cerebro._runs add column attempts int not null default 0;
alter table cerebro._runs add column queued_behind text;
alter table cerebro._runs
    add column wanted text not null default 'run'
    constraint _runs_wanted_check check (wanted in ('run', 'stop', 'cancel'));
alter table cerebro._runs add column orders int not null default 0;
update cerebro._runs set created = started, attempts = 1;
alter table cerebro._runs alter column created set default pg_catalog.clock_timestamp();
alter table cerebro._runs alter column created set not null;

-- Configurations are added, cloned, and put to rest while their run goes on.
alter table cerebro._configs
    add column origin text not null default 'search'
    constraint _configs_origin_check check (origin in ('search', 'added', 'clone'));
alter table cerebro._configs add column parent int;
alter table cerebro._configs add column walk int;
alter table cerebro._configs add column start_units int default 0;
alter table cerebro._configs
    add column wanted text not null default 'train'
    constraint _configs_wanted_check check (wanted in ('train', 'rest'));

-- Only states of configurations that had trained to the end were kept.
alter table cerebro._kept_states alter column rank drop not null;
alter table cerebro._kept_states add column units int;
update cerebro._kept_states k
set units = r.epochs * d.partitions
from cerebro._runs r, cerebro._datasets d
where r.id = k.run and d.id = r.dataset;
alter table cerebro._kept_states alter column units set not null;

comment on table cerebro._kept_states is
    'States that outlive their epoch: of the best configurations of a run, which predictions are made with, and of those that rest';

-- What belongs to a role is shared with others.
alter table cerebro._datasets add column shared_with text[] not null default '{}';
alter table cerebro._models add column shared_with text[] not null default '{}';
alter table cerebro._runs add column shared_with text[] not null default '{}';

-- Models use code that administrators have registered.
alter table cerebro._runs add column code text[] not null default '{}';
