"""The golden matrix of rights: who may do what with which object, as the catalog has it.

Each kind of server has one. On the server that CEREBRO_TEST_DSN names, where it is set.
"""

from __future__ import annotations

import pytest
from fix_golden import golden

from cerebro_db.testing import conftest
from cerebro_db.testing.calls import value
from cerebro_db.testing.database import Connection

dsn, connection = conftest.dsn, conftest.connection

ROLES = ("nobody", "predict", "train", "admin", "cerebro_worker")

_RIGHTS = """
with members as (
    select classid, objid
    from pg_depend
    where refclassid = 'pg_extension'::regclass
        and refobjid = (select oid from pg_extension where extname = 'cerebro_db')
        and deptype = 'e'
), roles as (
    select oid, rolname, case when rolname = 'cerebro_worker' then rolname else level end as name
    from pg_roles
    join unnest(%s::text[], %s::text[]) as l (role, level) on role = rolname
), objects (kind, oid, name, owner, rights) as (
    select 'schema', oid, nspname::text, nspowner, array['usage', 'create']
    from pg_namespace where nspname in ('cerebro', 'cerebro_data')
    union all
    select
        case relkind when 'r' then 'table' when 'v' then 'view' else 'sequence' end,
        c.oid, c.oid::regclass::text, relowner,
        case relkind
            when 'S' then array['usage', 'select', 'update']
            else array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
        end
    from pg_class c
    join members m on m.classid = 'pg_class'::regclass and m.objid = c.oid
    union all
    select 'function', p.oid, p.oid::regprocedure::text, proowner, array['execute']
    from pg_proc p
    join members m on m.classid = 'pg_proc'::regclass and m.objid = p.oid
)
select
    o.kind,
    o.name,
    case when a.rolsuper then 'superuser' else a.rolname end as owner,
    r.name as role,
    array(
        select held
        from unnest(o.rights) held
        where case o.kind
            when 'schema' then has_schema_privilege(r.oid, o.oid, held)
            when 'function' then has_function_privilege(r.oid, o.oid, held)
            when 'sequence' then has_sequence_privilege(r.oid, o.oid, held)
            else has_table_privilege(r.oid, o.oid, held)
        end
    ) as held
from objects o
join pg_roles a on a.oid = o.owner
cross join roles r
"""


@pytest.fixture
def target(connection: Connection) -> str:
    """The kind of server, as the folders of golden files are named."""
    version = value(connection, "select version()")
    if "Greenplum" not in version:
        return "postgresql"
    return "greenplum6" if "PostgreSQL 9.4" in version else "greenplum7"


@pytest.fixture
def matrix(connection: Connection) -> str:
    """A line for each object and role that has a right on it."""
    names = [role if role == "cerebro_worker" else f"level_{role}" for role in ROLES]
    for name in names[:-1]:
        connection.execute(f"create role {name}".encode())
    for level in ("predict", "train", "admin"):
        connection.execute("select cerebro_grant(%s, %s)", [f"level_{level}", level])
    rows = connection.execute(_RIGHTS.encode(), [names, list(ROLES)]).fetchall()
    for name in names[:-1]:
        connection.execute(f"drop owned by {name}".encode())
        connection.execute(f"drop role {name}".encode())
    held: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for kind, name, owner, role, rights in rows:
        held.setdefault((str(kind), str(name), str(owner)), {})[str(role)] = rights
    lines = []
    for (kind, name, owner), by_role in sorted(held.items()):
        lines.append(f"{kind} {name}, of {owner}")
        lines += [f"    {role}: {', '.join(by_role[role])}" for role in ROLES if by_role[role]]
    return "\n".join(lines) + "\n"


def test_rights_are_golden(target: str, matrix: str) -> None:
    golden(f"{target}/privileges.txt", matrix)
