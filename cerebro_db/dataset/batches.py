"""A source's rows in batches, for an encoding that exists: for evaluation and bulk prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar

from psycopg import sql

from cerebro_db.dataset.columns import Column, Form, find, missing, undefined
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.relation import Relation, opened
from cerebro_db.dataset.source.text import parse_source
from cerebro_db.dataset.staged.layout import StagedLayout
from cerebro_db.errors import InvalidArgument
from cerebro_db.literals import identifier
from cerebro_db.session import CallersSession


class Batches(Protocol):
    """Batches of a source's rows, for as long as a with block lasts."""

    selection: Selection
    label_form: Form | None

    @property
    def layout(self) -> StagedLayout:
        """How a batch is read."""

    @property
    def batch_rows(self) -> sql.Composable:
        """The number of rows in a batch."""

    @property
    def batch_keys(self) -> sql.Composable:
        """An array of the keys of a batch, in the order in which its record is decoded."""

    def each_batch(self, items: Sequence[sql.Composable]) -> Iterator[sql.Composable]:
        """Yield queries of the items over batches, one row a batch.

        Items can be made of ``batch_rows``, ``batch_keys`` and ``layout.record``. Run each query
        before the next is asked for, to the end: they may need settings of their own.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


Rows = TypeVar("Rows", bound=Batches)


@contextmanager
def open_batches(
    session: CallersSession,
    encoding: Encoding,
    source: str,
    *,
    read: Callable[[CallersSession, Selection], Rows],
    key: str | None = None,
    labels: bool = False,
) -> Iterator[Rows]:
    """Read the rows of a source, unshuffled where they have an order of their own.

    ``Batches.layout`` then gives what ``Encoding.encode`` takes, and ``Encoding.encode_target`` if
    ``labels``; rows with a NULL label are then excluded.

    Args:
        read: reads the rows that are selected, or gets ready to.
        key: a column to keep in its own type, for ``Batches.batch_keys``.

    Raises:
        UndefinedColumn: the source lacks a column that is needed.
        InvalidArgument: a column has another type than in training, or the key is an array.
    """
    with opened(session, parse_source(source)) as relation:
        label_form = encoding.label_form if labels else None
        with read(session, _selection(encoding, relation, key, label_form)) as rows:
            rows.label_form = label_form
            yield rows


def _selection(
    encoding: Encoding, source: Relation, key: str | None, label_form: Form | None
) -> Selection:
    by_name = {column.name: column for column in source.columns}

    def needed(what: str, name: str, form: Form, suits: Callable[[Column, Form], bool]) -> Column:
        if name not in by_name:
            if what == "feature":
                raise missing(name, by_name, where="in the source")
            raise undefined(name, by_name, what=f"{what} column")
        column = by_name[name]
        if not suits(column, form):
            raise InvalidArgument(
                f'{what} column "{name}" has another type than in training',
                detail=f"It is {column.type}; training took it as {form}.",
                hint="Cast it in a SELECT that is the source.",
            )
        return column

    targets = encoding.output.columns if label_form else ()
    weights = None
    if label_form and encoding.weights is not None and encoding.weights.column in by_name:
        weights = needed("weights", encoding.weights.column, "number", Column.offers)
    return Selection(
        source=source,
        features=tuple(
            (needed("feature", name, form, Column.offers), form)
            for name, form in encoding.forms.items()
        ),
        targets=tuple(
            needed("target", name, label_form, Column.labels) for name in targets if label_form
        ),
        weights=weights,
        key=_key(find(key, source.columns, what="key column")) if key is not None else None,
    )


def _key(column: Column) -> Column:
    if column.send == "array_send":
        name = identifier(column.name)
        raise InvalidArgument(
            f'the key cannot be an array, as "{column.name}" is',
            detail=f"Its type is {column.type}.",
            hint=f"Cast it in the source: select {name}::text as id, ... from ...",
        )
    return column
