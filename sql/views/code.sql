create view cerebro.code as
select
    c.name,
    c.kind,
    c.current,
    c.arguments,
    c.higher_is_better,
    c.sha256,
    c.author,
    c.created,
    c.source
from cerebro._code c;

comment on view cerebro.code is
    'Registered code, which everybody who trains may use: layers, losses and metrics, in all versions that runs may have';
comment on column cerebro.code.name is
    'Name of the class or function';
comment on column cerebro.code.kind is
    'layer, loss or metric';
comment on column cerebro.code.current is
    'Whether runs that begin now get this version';
comment on column cerebro.code.arguments is
    'Its arguments as the source has them; those of a layer are what a Keras config may give it';
comment on column cerebro.code.higher_is_better is
    'Direction of a metric';
comment on column cerebro.code.sha256 is
    'Hash of the source, of which cerebro.runs shows the beginning';
comment on column cerebro.code.author is
    'Administrator who registered it';
comment on column cerebro.code.created is
    'When it was registered';
comment on column cerebro.code.source is
    'What workers execute';
