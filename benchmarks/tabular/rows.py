"""Tables of a set on the server, and back into frames for those who train outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from psycopg import sql

from benchmarks.tabular.sets import Kind, Set
from cerebro_db.testing.data import load_table

if TYPE_CHECKING:
    import pandas as pd

ROW = "test_row"
"""The column that numbers test rows, from 0."""

_TYPES = {"b": "boolean", "i": "bigint", "u": "bigint", "f": "double precision"}


@dataclass(frozen=True)
class Rows:
    """What one who trains outside is given.

    Args:
        x: features of the training rows; columns of texts are categorical.
        y: targets: floats, or indices into ``classes``.
        test_x: as ``x``; a category that no training row has is missing.
        classes: as texts, sorted; none for regression.
    """

    kind: Kind
    x: pd.DataFrame
    y: np.ndarray
    test_x: pd.DataFrame
    classes: tuple[str, ...]

    @property
    def categories(self) -> list[str]:
        """Names of the categorical columns."""
        return list(self.x.select_dtypes("category").columns)

    def held_out(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return indices of rows to train on, and of a fifth to validate on, stratified."""
        from sklearn.model_selection import train_test_split

        classes = None if self.kind == "regression" else self.y
        training, validation = train_test_split(
            np.arange(len(self.y)), test_size=0.2, random_state=seed, stratify=classes
        )
        return training, validation


def create(connection: psycopg.Connection[Any], one: Set) -> np.ndarray:
    """Create the tables of a set, unless they are there; return the targets of its test rows.

    The server has no target of a test row.
    """
    training, test = one.split()
    if connection.execute("select to_regclass(%s)", [one.test_table]).fetchone() == (None,):
        _load(connection, one.name, training)
        features = test.drop(columns=one.target)
        features.insert(0, ROW, range(len(features)))
        _load(connection, one.test_table, features)
    return test[one.target].to_numpy()


def read(conninfo: str, one: Set) -> Rows:
    """Read the tables of a set."""
    import pandas as pd

    with psycopg.connect(conninfo) as connection:
        training = _frame(connection, "select * from {}", one.name)
        test = _frame(connection, "select * from {} order by test_row", one.test_table).drop(
            columns=ROW
        )
    y = training.pop(one.target)
    classes: tuple[str, ...] = ()
    if one.kind != "regression":
        classes = tuple(sorted(y.unique()))
        y = y.map({name: i for i, name in enumerate(classes)})
    for name in training.columns:
        if pd.api.types.is_numeric_dtype(training[name]):
            continue
        values = sorted(training[name].dropna().unique())
        training[name] = pd.Categorical(training[name], values)
        known = test[name].where(test[name].isin(values))
        test[name] = pd.Categorical(known, values)
    # Some write to it.
    return Rows(one.kind, training, y.to_numpy(copy=True), test, classes)


def _load(connection: psycopg.Connection[Any], table: str, frame: pd.DataFrame) -> None:
    columns = {str(name): _TYPES.get(values.dtype.kind, "text") for name, values in frame.items()}
    known = frame.astype(object).where(frame.notna(), None)
    with connection.transaction():
        load_table(connection, table, columns, known.itertuples(index=False, name=None))
    connection.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))


def _frame(connection: psycopg.Connection[Any], query: str, table: str) -> pd.DataFrame:
    """Return what a query finds: whole numbers and booleans where no row lacks one, else floats."""
    import pandas as pd

    with connection.cursor(binary=True) as cursor:
        cursor.execute(sql.SQL(query).format(sql.Identifier(table)))  # type: ignore[arg-type]
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        texts = {column.name for column in cursor.description if column.type_code == 25}
        frame = pd.DataFrame(cursor.fetchall(), columns=names)
    numbers = {name: "float64" for name in names if name not in texts and frame[name].hasnans}
    return frame.astype(numbers)
