"""Refuses sources that do more than compute from the user's own tables, before anything is read.

What a query reads and calls is asked of the server, which has parsed it already, and not of its
text. Only functions of the server and of C libraries are judged: those of users can do no more than
call these and run SQL, and SQL cannot write where a source is read (``CallersSession.users_sql``).
"""

from __future__ import annotations

from cerebro_db.errors import NotPermitted
from cerebro_db.session import Session

# Volatile, but they neither write, nor wait, nor reach out of the database.
_HARMLESS = [
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "lo_get",
    "normal_rand",
    "random",
    "setseed",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
]

_CATALOGS = frozenset({"pg_catalog", "information_schema", "pg_toast"})

# A stored query is the server's own syntax tree, in which relations and functions are numbers.
_READ = """
select
    c.oid::bigint as oid,
    c.relname::text as name,
    n.nspname::text as schema,
    c.relkind = 'v' as view
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid in (
    select (regexp_matches(ev_action::text, ':relid ([0-9]+)', 'g'))[1]::oid
    from pg_rewrite
    where ev_class = $1::bigint::oid
)
"""

_CALLED = """
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
    and p.oid in (
        select (regexp_matches(ev_action::text, ':(?:funcid|opfuncid) ([0-9]+)', 'g'))[1]::oid
        from pg_rewrite
        where ev_class = $1::bigint::oid
    )
order by 1
"""


def require_no_catalog(schema: str, name: str) -> None:
    """Refuse a relation that is the server's own.

    Raises:
        NotPermitted: it is a system catalog.
    """
    if schema in _CATALOGS:
        raise NotPermitted(
            f"the system catalog {name} cannot be a source",
            detail=f"It is in schema {schema}.",
            hint="Write what you need of it into a table, and read that.",
        )


def require_harmless(session: Session, view: int, *, query: bool) -> None:
    """Refuse a view that calls, itself or through other views, what does more than compute.

    Args:
        view: its oid; a relation that is none calls nothing.
        query: whether it stands for a query, which may read no system catalog either.

    Raises:
        NotPermitted: it is not harmless.
    """
    seen, views = {view}, [view]
    while views:
        oid = views.pop()
        called = session.look_up(_CALLED, oid, _HARMLESS)
        if called:
            raise NotPermitted(
                f"a source cannot call {called[0]['name']}",
                detail="It may write, wait or reach out of the database.",
                hint="Call it before, write the outcome into a table, and read that.",
            )
        for row in session.look_up(_READ, oid):
            if query and oid == view:
                require_no_catalog(row["schema"], row["name"])
            if row["view"] and row["oid"] not in seen:
                seen.add(row["oid"])
                views.append(row["oid"])
