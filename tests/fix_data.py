"""Real data: scikit-learn's own, and what lies beside the checkout in ../shared/data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fix_server import Connection
from psycopg import sql
from sklearn.datasets import load_breast_cancer, load_digits

SHARED = Path(__file__).parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Return a folder of ../shared/data; the test skips where it is absent."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    return folder


def load_table(
    connection: Connection, name: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Create a table of these columns and types and fill it."""
    definition = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(type_))  # type: ignore[arg-type]
        for column, type_ in columns.items()
    )
    connection.execute(sql.SQL("create table {} ({})").format(sql.Identifier(name), definition))
    statement = sql.SQL("copy {} from stdin").format(sql.Identifier(name))
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def load_digits_into(connection: Connection, name: str = "digits") -> None:
    """1,797 images of 8 x 8 pixels from 0 to 16, and the digit."""
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
