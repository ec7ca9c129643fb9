"""Everything that the catalogs say of an extension's objects, by name, to compare two databases."""

from __future__ import annotations

from fix_server import Connection

Rows = list[tuple[object, ...]]

# Members of the extension, and what is part of them.
_MEMBERS = """
with members as (
    select classid, objid, pg_describe_object(classid, objid, 0) as name
    from pg_depend
    where refclassid = 'pg_extension'::regclass
        and refobjid = (select oid from pg_extension where extname = 'cerebro_db')
        and deptype = 'e'
), relations as (
    select c.*
    from pg_class c
    join members m on m.classid = 'pg_class'::regclass and m.objid = c.oid
)
"""

# Of types those that are no table's: since PostgreSQL 17 these are members too. Of rights those of
# PUBLIC: the others are users' own. None of these may have become initial, since pg_dump leaves out
# what is.
_QUERIES = {
    "members": """
        select
            name,
            obj_description(objid, classid::regclass::name),
            array(
                select a.grantee::regrole::text
                from pg_init_privs i, aclexplode(i.initprivs) a
                where i.classoid = classid and i.objoid = objid and a.grantee <> a.grantor
            )
        from members
    """,
    "configuration": """
        select dumped::regclass::text, condition
        from pg_extension, unnest(extconfig, extcondition) as c (dumped, condition)
        where extname = 'cerebro_db'
    """,
    "relations": """
        select
            relname, relkind, relpersistence, reloptions, relrowsecurity,
            array(select privilege_type from aclexplode(relacl) where grantee = 0)
        from relations
    """,
    "columns": """
        select
            relname, attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attidentity,
            pg_get_expr(adbin, adrelid), col_description(relations.oid, attnum),
            case when relkind = 'v' then attnum end
        from relations
        join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relkind in ('r', 'v')
    """,
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(c.oid)
        from pg_constraint c
        join relations on relations.oid = conrelid
    """,
    "indexes": """
        select pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class')
        from pg_index
        join relations on relations.oid = indrelid
    """,
    "sequences": """
        select relname, format_type(seqtypid, null), seqstart, seqincrement, seqmax, seqcycle
        from pg_sequence
        join relations on relations.oid = seqrelid
    """,
    "views": """
        select relname, pg_get_viewdef(oid) from relations where relkind = 'v'
    """,
    "triggers": """
        select tgrelid::regclass::text, tgfoid::regproc::text, tgtype
        from pg_trigger
        join relations on relations.oid = tgrelid
    """,
    "functions": """
        select
            pg_get_functiondef(p.oid),
            has_function_privilege('public', p.oid, 'execute')
        from pg_proc p
        join members m on m.classid = 'pg_proc'::regclass and m.objid = p.oid
    """,
    "attributes of types": """
        select typname, attnum, attname, format_type(atttypid, atttypmod)
        from pg_type t
        join members m on m.classid = 'pg_type'::regclass and m.objid = t.oid
        join pg_class c on c.oid = typrelid and c.relkind = 'c'
        join pg_attribute on attrelid = typrelid and attnum > 0 and not attisdropped
    """,
}


def assert_alike(fresh: Connection, updated: Connection) -> None:
    """Check that the catalogs say the same of the extension in two databases."""
    due, found = _described(fresh), _described(updated)
    assert all(due.values())
    for part in due:
        assert found[part] == due[part], part


def _described(connection: Connection) -> dict[str, Rows]:
    """Return what each part of the catalogs says of the extension that is in a database."""
    return {
        part: sorted(connection.execute((_MEMBERS + query).encode()).fetchall(), key=str)
        for part, query in _QUERIES.items()
    }
