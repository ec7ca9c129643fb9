"""Real data: scikit-learn's own, and what lies beside the checkout in ../shared/data.

Benchmarks load it too, in an environment that has neither pytest nor scikit-learn.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
from psycopg import sql

from cerebro_db.testing.database import Connection

SHARED = Path(__file__).parents[3] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Return a folder of ../shared/data; the test skips where it is absent."""
    folder = SHARED / name
    if not folder.is_dir():
        raise SkipTest(f"there is no {folder}")
    return folder


def load_table(
    connection: Connection,
    name: str,
    columns: dict[str, str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Create a table of these columns and types and fill it.

    Greenplum distributes the rows by the first column.
    """
    definition = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(type_))
        for column, type_ in columns.items()
    )
    connection.execute(sql.SQL("create table {} ({})").format(sql.Identifier(name), definition))
    statement = sql.SQL("copy {} from stdin").format(sql.Identifier(name))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def load_digits_into(connection: Connection, name: str = "digits") -> None:
    """1,797 images of 8 x 8 pixels from 0 to 16, and the digit."""
    from sklearn.datasets import load_digits

    data = load_digits()
    load_table(
        connection,
        name,
        {"id": "int", "image": "float4[]", "digit": "int"},
        (
            (i, image.tolist(), int(digit))
            for i, (image, digit) in enumerate(zip(data.images, data.target, strict=True))
        ),
    )


def load_tumours_into(connection: Connection, name: str = "tumours") -> None:
    """569 tumours: 30 numbers, one of them sometimes NULL, a text, a boolean, and the diagnosis."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = [str(feature).replace(" ", "_") for feature in data.feature_names]
    columns = {"id": "int", **dict.fromkeys(names, "float8")}
    columns |= {"size": "text", "asymmetrical": "boolean", "diagnosis": "text"}
    load_table(
        connection,
        name,
        columns,
        (
            (
                i,
                *(
                    None if name == "mean_concavity" and x == 0 else float(x)
                    for name, x in zip(names, row, strict=True)
                ),
                "small" if row[3] < 400 else "medium" if row[3] < 800 else "large",
                bool(row[28] > 0.3),
                str(data.target_names[target]),
            )
            for i, (row, target) in enumerate(zip(data.data, data.target, strict=True))
        ),
    )


ADULT = (
    "age int, workclass text, fnlwgt int, education text, education_num int, marital_status text,"
    " occupation text, relationship text, race text, sex text, capital_gain int, capital_loss int,"
    " hours_per_week int, native_country text, income text"
)


def load_adult_into(connection: Connection) -> None:
    """The census of 1994 as tables adult (32,561 rows) and adult_test (16,281); ``?`` is NULL."""
    folder = shared_data("adult")
    columns = dict(column.split() for column in ADULT.split(", "))
    for table, file in (("adult", "adult.data.gz"), ("adult_test", "adult.test.gz")):
        with gzip.open(folder / file, "rt") as lines:
            rows = [line.strip().rstrip(".").split(", ") for line in lines]
        known = [[None if v == "?" else v for v in row] for row in rows if len(row) == 15]
        load_table(connection, table, columns, known)


def load_ccpp_into(connection: Connection) -> None:
    """The power plant as table ccpp: 9,568 rows of 4 measurements and the output PE, in MW."""
    with gzip.open(shared_data("ccpp") / "ccpp.csv.gz", "rt") as lines:
        header, *rows = csv.reader(lines)
    load_table(connection, "ccpp", dict.fromkeys(header, "float8"), rows)


def load_fashion_into(connection: Connection) -> None:
    """Garments as tables fashion (60,000 images of 28 x 28 bytes) and fashion_test (10,000)."""
    folder = shared_data("fashion_mnist")
    columns = {"id": "int", "pixels": "bytea", "garment": "int"}
    for table, prefix in (("fashion", "train"), ("fashion_test", "t10k")):
        load_table(connection, table, columns, _fashion(folder, prefix))


def _fashion(folder: Path, prefix: str) -> Iterator[tuple[int, bytes, int]]:
    """Yield images and labels of idx files: headers of 16 and 8 bytes, then bytes."""
    with gzip.open(folder / f"{prefix}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / f"{prefix}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield i, image.tobytes(), int(label)
