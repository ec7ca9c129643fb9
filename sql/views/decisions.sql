create view cerebro.decisions with (security_barrier = true) as
select r.name as run, d.seq, d.at, d.config, d.what, d.epoch, d.parent, d.why
from cerebro._decisions d
join cerebro._my_runs r on r.id = d.run;

comment on view cerebro.decisions is
    'What the search of each run has decided, and why';
comment on column cerebro.decisions.run is
    'Name of the search';
comment on column cerebro.decisions.seq is
    'Counts up, with gaps: what the search was told in between counts too';
comment on column cerebro.decisions.at is
    'When it was decided';
comment on column cerebro.decisions.config is
    'Configuration that it is about; NULL: the run as a whole';
comment on column cerebro.decisions.what is
    'What was decided: to start a configuration, to have it go on, to stop it';
comment on column cerebro.decisions.epoch is
    'Epoch until which the configuration trains, or after which it stops';
comment on column cerebro.decisions.parent is
    'Configuration whose state it begins with';
comment on column cerebro.decisions.why is
    'Why, with the figures that decided';
