"""A source's rows in batches, each read, used and let go within one statement: no rows are staged,
for nothing has to be known of all of them first.

A table is read page by page, so that no batch waits for others. All else is numbered as it comes.
Either may run what users wrote, a table by the casts of its types or by being a view before it is
read, so what is made of the rows rests in a temporary table before it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Self

from psycopg import sql

from cerebro_db.dataset.columns import Form
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.temporary import dropped
from cerebro_db.dataset.staged.batch_layout import BatchLayout
from cerebro_db.dataset.staged.layout import KEY
from cerebro_db.dataset.staged.source_rows import labelled, source_rows
from cerebro_db.engines.postgres.staging import stage_query
from cerebro_db.session import CallersSession

# More rows than this fit on no page of 8 kB: each has a pointer of 4 and a header of 24 bytes.
_ROWS_OF_A_PAGE = 291

# All groups at once would not fit into memory, and their rows come in order. The range of pages
# that a batch is has to be found as such.
_SETTINGS = {"enable_hashagg": "off", "enable_tidscan": "on", "work_mem": "64MB", "jit": "off"}

# Row security would keep the range from being looked for first.
_OID = """
select c.oid::bigint as oid
from pg_class c
join pg_am a on a.oid = c.relam
where c.oid = $1::bigint::oid
    and c.relkind = 'r'
    and a.amname = 'heap'
    and not c.relhassubclass
    and not c.relrowsecurity
"""

_RANGES = """
select own.*
from pg_catalog.generate_series(
    0,
    pg_catalog.pg_relation_size({oid})
        operator(pg_catalog./) pg_catalog.current_setting('block_size')::bigint,
    {pages}
) as pages (first)
cross join lateral (
    select pg_catalog.count(*) as count, {aggregates}
    from (
        select {values}
        from (
            {rows}
            where _source.ctid operator(pg_catalog.>=) pg_catalog.format(
                '(%s,0)', pages.first
            )::pg_catalog.tid
            and _source.ctid operator(pg_catalog.<) pg_catalog.format(
                '(%s,0)', pages.first operator(pg_catalog.+) {pages}
            )::pg_catalog.tid
        ) as rows
        where {labelled}
    ) as valued
    having pg_catalog.count(*) operator(pg_catalog.>) 0
) as own
"""

_NUMBERED = """
select pg_catalog.count(*) as count, {aggregates}
from (
    select
        *,
        (pg_catalog.row_number() over () operator(pg_catalog.-) 1) operator(pg_catalog./) {most}
            as batch
    from (select {values} from ({rows}) as rows where {labelled}) as valued
) as numbered
group by batch
"""


@dataclass
class UnstagedBatches:
    """The rows that are selected, without those that lack a label.

    Args:
        session: the caller's.
        selection: which rows.
        rows: the most that a batch has.
        label_form: the form in which targets are read; None leaves them out.
    """

    session: CallersSession
    selection: Selection
    rows: int
    label_form: Form | None = None

    batch_rows: ClassVar[sql.Composable] = sql.SQL("count")
    batch_keys: ClassVar[sql.Composable] = sql.SQL(KEY)

    @property
    def layout(self) -> BatchLayout:
        """How a batch is read."""
        return BatchLayout.of(self.selection, self.label_form)

    def each_batch(self, items: Sequence[sql.Composable]) -> Iterator[sql.Composable]:
        """Yield one query of the items over batches, one row a batch; see ``Batches``."""
        parts = {
            "aggregates": sql.SQL(", ").join(self.layout.aggregates),
            "values": sql.SQL(", ").join(self.layout.values),
            "rows": source_rows(self.selection),
            "labelled": labelled(self.selection),
        }
        select = sql.SQL("select {} from ({}) as batches")
        listed = sql.SQL(", ").join(items)
        found = self.session.look_up(_OID, self.selection.source.oid)
        if found:
            oid, pages = found[0]["oid"], max(1, self.rows // _ROWS_OF_A_PAGE)
            batches = sql.SQL(_RANGES).format(
                oid=sql.Literal(oid), pages=sql.Literal(pages), **parts
            )
        else:
            batches = sql.SQL(_NUMBERED).format(most=sql.Literal(self.rows), **parts)
        table = stage_query(self.session, select.format(listed, batches), _SETTINGS)
        with dropped(self.session, f"table {table}"):
            yield sql.SQL("select * from {}").format(sql.SQL(table))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing: there is no table to drop."""
