"""What an engine does with the dataset layer whose rows stay where they are: as on a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import sql

from cerebro_db.dataset import prepare as preparing
from cerebro_db.dataset.chunks import Extent, chunk_rows, encode_chunk
from cerebro_db.dataset.columns import Columns
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features import Learner
from cerebro_db.dataset.fitting import learning
from cerebro_db.dataset.prepare import Prepared
from cerebro_db.dataset.request.request import Request
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.staged import layout_from_json
from cerebro_db.dataset.staged.row_layout import RowLayout
from cerebro_db.dataset.staged.source_rows import category, labelled, seed_mask, source_rows
from cerebro_db.dataset.values.expressions import text_value
from cerebro_db.engines.greenplum.staging import StagedOnSegments
from cerebro_db.session import Session


class Elsewhere(StagedOnSegments):
    """Staged rows of which only records leave the server, in batches of no order."""

    @classmethod
    def stage(cls, session: Session, selection: Selection) -> Elsewhere:
        """Read a source into a temporary table in the order that ``staging.stage`` has."""
        statement = sql.SQL(
            "create temporary table elsewhere as select {}, validation,"
            " row_number() over (order by {}, hashint8(ordinal # {}), ordinal) - 1 as position"
            " from (select row_number() over () as ordinal, * from ({}) as source) as numbered"
        ).format(
            sql.SQL(", ").join(
                [
                    sql.SQL("{} as {}").format(*reversed(one))
                    for one in RowLayout.of(selection).staged
                ]
            ),
            category(labelled(selection), selection),
            sql.Literal(seed_mask(selection.seed)),
            source_rows(selection),
        )
        session.execute(statement.as_string(None))
        return cls.count(session, selection, "elsewhere")

    def hold_out(self, rows: Mapping[str, int]) -> None:
        statement = sql.SQL(
            "create temporary table split as"
            " select *, row_number() over (order by side, before) - 1 as position"
            " from (select {names}, validation, position as before,"
            " case when position >= {all} then 2"
            " when row_number() over (partition by {label} order by position) <= held then 0"
            " else 1 end as side"
            " from {table} left join unnest($1::text[], $2::bigint[]) as shares (label, held)"
            " on label = {label}) as sided"
        ).format(
            names=sql.SQL(", ").join([name for name, _ in self.layout.staged]),
            all=sql.Literal(self.rows),
            label=text_value(self.layout.label),
            table=sql.SQL(self.table),
        )
        self.session.execute(statement.as_string(None), list(rows), list(rows.values()))
        self.session.execute("drop table elsewhere")
        self.session.execute("alter table split rename to elsewhere")
        self.validation_rows = sum(rows.values())

    def learn(self, fitters: Sequence[Learner]) -> None:
        documents = json.dumps(learning.fitters_to_json(fitters))
        for first, columns in self.records("position % 7", Extent(False, 0, 0, self.rows)):
            own = learning.fitters_from_json(json.loads(documents))
            learning.learn(own, columns, training=first >= self.validation_rows)
            learning.merge(fitters, json.loads(json.dumps(learning.partials(own))))

    def records(self, batch: str, extent: Extent) -> Iterator[tuple[int, Columns]]:
        """Yield the first position and the columns of each batch, none with both kinds of rows."""
        statement = sql.SQL(
            "select min(position) as first, {} as record from"
            " (select * from {} where position >= $1 and position < $2"
            " order by md5(position::text)) as shuffled group by position < $3, {}"
        ).format(self.layout.record, sql.SQL(self.table), sql.SQL(batch))
        rows = self.session.fetch(
            statement.as_string(None), extent.start, extent.stop, self.validation_rows
        )
        layout = layout_from_json(json.loads(json.dumps(self.layout.to_json())))
        for row in rows:
            yield row["first"], layout.columns_of_record(row["record"])


def prepare_elsewhere(session: Session, request: Request, chunks: dict[Any, bytes]) -> Prepared:
    def pack(staged: Elsewhere, encoding: Encoding, extents: Iterable[Extent]) -> int:
        rows = chunk_rows(encoding)
        for extent in extents:
            batch = f"(position - {extent.start}) / {rows}"
            for first, columns in staged.records(batch, extent):
                place = (extent.validation, extent.partition, (first - extent.start) // rows)
                chunks[place] = encode_chunk(encoding, columns)
        return sum(map(len, chunks.values()))

    return preparing.prepare(
        session, request, stage=Elsewhere.stage, pack=pack, default_partitions=2
    )
