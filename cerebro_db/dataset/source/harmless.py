"""Refuses sources that do more than compute from the user's own tables, before anything is read.

What a source reads and calls is asked of the server, which has parsed it already, and not of its
text: see ``trees.py``. Only functions of the server and of C libraries are judged: those of users
can do no more than call these and run SQL, and SQL cannot write where a source is read
(``CallersSession.users_sql``). Elsewhere it could, so a foreign table is read only where the other
side cannot write either.
"""

from __future__ import annotations

from cerebro_db.dataset.source.trees import Names, named_in, trees_of
from cerebro_db.errors import NotPermitted
from cerebro_db.session import Session

# Volatile, but they neither write, nor wait, nor reach out of the database.
_HARMLESS = [
    "array_sample",
    "array_shuffle",
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "lo_get",
    "normal_rand",
    "random",
    "random_normal",
    "setseed",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
]

_CATALOGS = frozenset({"pg_catalog", "information_schema", "pg_toast"})

_RELATIONS = """
select c.relname::text as name, n.nspname::text as schema
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid in (select unnest($1::bigint[])::oid)
order by 1
"""

_HARMFUL = """
select p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_namespace n on n.oid = p.pronamespace
where p.oid in (select unnest($1::bigint[])::oid)
    and p.provolatile = 'v'
    and (l.lanname in ('c', 'internal') or n.nspname = 'pg_catalog')
    and p.proname <> all ($2::text[])
order by 1
"""

# A wrapper is known by its handler, whatever it is called. postgres_fdw takes no setting of ours
# along to the other server; what the foreign server's own options say holds there for all it reads.
_FOREIGN = r"""
select
    c.relname::text as name,
    quote_ident(s.srvname) as server,
    coalesce(h.proname::text, '') as handler,
    coalesce(
        h.proname = 'postgres_fdw_handler' and exists (
            select from unnest(s.srvoptions) option
            where option ~ '^options=.*-c *default_transaction_read_only=(on|true|yes|1)( |$)'
        )
        or h.proname = 'file_fdw_handler' and not exists (
            select from unnest(f.ftoptions) option where option like 'program=%'
        ),
        false
    ) as read_only
from pg_foreign_table f
join pg_class c on c.oid = f.ftrelid
join pg_foreign_server s on s.oid = f.ftserver
join pg_foreign_data_wrapper w on w.oid = s.srvfdw
left join pg_proc h on h.oid = w.fdwhandler
where f.ftrelid in (select unnest($1::bigint[])::oid)
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


def require_harmless(session: Session, relation: int, *, query: bool) -> None:
    """Refuse a relation whose reading, itself or through others, does more than compute.

    Args:
        relation: its oid.
        query: whether it is a view that stands for a query, which may read no system catalog
            either.

    Raises:
        NotPermitted: it is not harmless.
    """
    found = Names(relations=frozenset({relation}))
    seen = Names()
    while found := found - seen:
        _judge(session, found)
        seen |= found
        named = named_in(session, trees_of(session, found), found)
        if query and relation in found.relations:
            for row in session.look_up(_RELATIONS, sorted(named.relations)):
                require_no_catalog(row["schema"], row["name"])
        found = named


def _judge(session: Session, names: Names) -> None:
    called = session.look_up(_HARMFUL, sorted(names.functions), _HARMLESS)
    if called:
        raise NotPermitted(
            f"a source cannot call {called[0]['name']}",
            detail="It may write, wait or reach out of the database.",
            hint="Call it before, write the outcome into a table, and read that.",
        )
    foreign = session.look_up(_FOREIGN, sorted(names.relations))
    for row in foreign:
        if not row["read_only"]:
            raise NotPermitted(
                f"a source cannot read the foreign table {row['name']}",
                detail=f"What is behind server {row['server']} may write when it is read.",
                hint=_REMEDIES.get(row["handler"], "").format(**row) + _COPY,
            )


_COPY = "Copy its rows into a table or a materialized view, and read that."
_REMEDIES = {
    "postgres_fdw_handler": "alter server {server} options (add options "
    "'-c default_transaction_read_only=on') has the other server refuse to write. Or: ",
}
