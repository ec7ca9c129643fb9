-- What each level consists of: the one list. A level has what is listed under it and under those
-- before it. Names are resolved among the extension's own objects: functions have their arguments from
-- the catalog, and what a server has not is left out.
create view cerebro._rights as
with levels (level, levels) as (
    values
        ('predict', array['predict', 'train', 'admin']),
        ('train', array['train', 'admin']),
        ('admin', array['admin'])
), members as (
    select d.classid, d.objid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid
    where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        and d.deptype = 'e'
        and e.extname = 'cerebro_db'
), functions (level, name) as (
    values
        ('predict', 'cerebro_predict'),
        ('predict', 'cerebro_score'),
        ('predict', 'cerebro_proba'),
        ('predict', 'cerebro_predict_table'),
        ('predict', 'cerebro_evaluate'),
        ('predict', '_load_package'),
        ('predict', '_python_path'),
        ('predict', '_admin'),
        ('predict', '_owns'),
        ('predict', '_uses'),
        ('predict', '_sessions'),
        ('predict', '_spec'),
        ('predict', '_loopback'),
        ('predict', '_predict'),
        ('predict', '_score'),
        ('predict', '_proba'),
        ('predict', '_predict_batch'),
        ('predict', '_evaluate_batch'),
        ('predict', '_array_bytes'),
        ('predict', '_row_in_utf8'),
        ('predict', '_plain_messages'),
        ('predict', '_run_statement'),
        ('train', 'cerebro_prepare'),
        ('train', '_prepare'),
        ('train', 'cerebro_predictions'),
        ('train', '_out_of_fold'),
        ('train', '_out_of_fold_chunks'),
        ('train', 'cerebro_fit'),
        ('train', '_fit'),
        ('train', 'cerebro_submit'),
        ('train', 'cerebro_run_queue'),
        ('train', '_keep_warm'),
        ('train', 'cerebro_wait'),
        ('train', 'cerebro_resume'),
        ('train', '_resume'),
        ('train', 'cerebro_stop'),
        ('train', 'cerebro_cancel'),
        ('train', 'cerebro_clone'),
        ('train', 'cerebro_add'),
        ('train', 'cerebro_model'),
        ('train', 'cerebro_describe'),
        ('train', 'cerebro_drop'),
        ('train', 'cerebro_share'),
        ('train', 'cerebro_unshare'),
        ('train', '_learn_batch'),
        ('train', '_pack_batch'),
        ('train', '_role_name'),
        ('train', '_doctor'),
        ('admin', 'cerebro_grant'),
        ('admin', 'cerebro_revoke'),
        ('admin', '_set_level'),
        ('admin', 'cerebro_register_code'),
        ('admin', '_store_code'),
        ('admin', '_drop_code')
), relations (level, name, privilege) as (
    values
        ('predict', 'runs', 'select'),
        ('predict', 'configs', 'select'),
        ('predict', 'leaderboard', 'select'),
        ('predict', 'learning_curves', 'select'),
        ('predict', 'decisions', 'select'),
        ('predict', 'progress', 'select'),
        ('predict', 'hops', 'select'),
        ('predict', 'datasets', 'select'),
        ('predict', 'models', 'select'),
        ('predict', 'audit', 'select'),
        ('predict', '_serving', 'select'),
        ('train', 'code', 'select'),
        ('train', 'workers', 'select'),
        ('admin', 'audit', 'delete'),
        ('admin', 'grants', 'select'),
        ('admin', 'settings', 'select, insert, update, delete'),
        ('admin', 'segments', 'select, update')
)
select l.level, l.levels, 'schema' as kind, 'cerebro' as object, 'usage' as privilege
from levels l
where l.level = 'predict'
union all
select l.level, l.levels, 'function', p.oid::pg_catalog.regprocedure::text, 'execute'
from functions f
join levels l on l.level = f.level
join pg_catalog.pg_proc p on p.proname = f.name
join members m on m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and m.objid = p.oid
union all
select l.level, l.levels, 'table', c.oid::pg_catalog.regclass::text, r.privilege
from relations r
join levels l on l.level = r.level
join pg_catalog.pg_class c on c.relname = r.name
join members m on m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and m.objid = c.oid;

comment on view cerebro._rights is
    'What each level of cerebro_grant consists of';
