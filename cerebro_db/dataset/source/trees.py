"""What the server runs when it reads relations: the syntax trees that it keeps, and who is in them.

In a tree relations, functions and types are numbers. A tree hangs on a view (its query), on a table
(the policies of its rows, columns that are computed as they are read), on a function (the defaults
of its arguments, its body where that is no text) and on a domain (its checks: casts run them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cerebro_db.session import Row, Session


@dataclass(frozen=True)
class Names:
    """Relations, functions and types, by their oids."""

    relations: frozenset[int] = frozenset()
    functions: frozenset[int] = frozenset()
    types: frozenset[int] = frozenset()

    def __sub__(self, other: Names) -> Names:
        return Names(
            self.relations - other.relations,
            self.functions - other.functions,
            self.types - other.types,
        )

    def __or__(self, other: Names) -> Names:
        return Names(
            self.relations | other.relations,
            self.functions | other.functions,
            self.types | other.types,
        )

    def __bool__(self) -> bool:
        return bool(self.relations or self.functions or self.types)


_RELATION = re.compile(r":relid (\d+)")
_FUNCTION = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)")
_TYPE = re.compile(r"type (\d+)")

# What a materialized view once ran is not run again. A server has not all that others have, which a
# row as JSON does not mind.
_TREES = """
select ev_action::text as tree
from pg_rewrite
join pg_class c on c.oid = ev_class and c.relkind = 'v'
where ev_class in (select unnest($1::bigint[])::oid)
union all
select d.adbin::text
from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid in (select unnest($1::bigint[])::oid) and (row_to_json(a) ->> 'attgenerated') = 'v'
union all
select p.proargdefaults::text
from pg_proc p
where p.oid in (select unnest($2::bigint[])::oid) and p.proargdefaults is not null
union all
select row_to_json(p) ->> 'prosqlbody'
from pg_proc p
where
    p.oid in (select unnest($2::bigint[])::oid) and (row_to_json(p) ->> 'prosqlbody') is not null
union all
select conbin::text
from pg_constraint
where contypid in (select unnest($3::bigint[])::oid) and conbin is not null
"""
# Whoever reads a view is subject to the policies that its owner is subject to: all of them, here.
_POLICIES = """
select p.polqual::text as tree
from pg_policy p
join pg_class c on c.oid = p.polrelid and c.relrowsecurity
where p.polrelid in (select unnest($1::bigint[])::oid)
    and p.polqual is not null
    and p.polcmd in ('r', '*')
"""
_HAS_POLICIES = "select to_regclass('pg_catalog.pg_policy') is not null as there"

_PARTS = """
select 'relations' as part, inhrelid::bigint as oid
from pg_inherits
where inhparent in (select unnest($1::bigint[])::oid)
union all
select 'functions', p.oid::bigint
from pg_aggregate a
join json_each_text(row_to_json(a)) called on called.key like 'agg%fn' and called.value <> '-'
join pg_proc p on p.proname = regexp_replace(called.value, '^.*\\.', '')
where a.aggfnoid in (select unnest($2::bigint[])::oid)
union all
select 'types', part.oid::bigint
from pg_type t
join lateral (
    select t.typbasetype
    union all select t.typelem
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0
) part (oid) on part.oid <> 0
where t.oid in (select unnest($3::bigint[])::oid)
"""


def trees_of(session: Session, names: Names) -> list[str]:
    """Return the trees of these relations, functions and types."""
    given = (sorted(names.relations), sorted(names.functions), sorted(names.types))
    found = session.look_up(_TREES, *given)
    if session.look_up(_HAS_POLICIES)[0]["there"]:
        found += session.look_up(_POLICIES, sorted(names.relations))
    return [row["tree"] for row in found]


def named_in(session: Session, trees: Iterable[str], names: Names) -> Names:
    """Return who is in trees, and the parts of these relations, functions and types.

    Parts are the partitions and children of a table, the functions that an aggregate is made of,
    and the types that a type is made of.
    """
    text = "\n".join(trees)
    found = Names(_numbers(_RELATION, text), _numbers(_FUNCTION, text), _numbers(_TYPE, text))
    given = (sorted(names.relations), sorted(names.functions), sorted(names.types))
    return found | _sorted_out(session.look_up(_PARTS, *given))


def _numbers(pattern: re.Pattern[str], text: str) -> frozenset[int]:
    return frozenset(int(number) for number in pattern.findall(text)) - {0}


def _sorted_out(parts: Iterable[Row]) -> Names:
    kinds: dict[str, set[int]] = {"relations": set(), "functions": set(), "types": set()}
    for part in parts:
        kinds[part["part"]].add(part["oid"])
    return Names(**{kind: frozenset(oids) for kind, oids in kinds.items()})
