"""The census data end to end: what is chosen, and that it can be learned from."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from cerebro_db import tensors
from cerebro_db.dataset import Chunk, Request, prepare
from cerebro_db.session.client import ClientSession
from cerebro_db.training import TARGETS

_FOLDER = Path(__file__).parents[4] / "shared" / "data" / "adult"
_COLUMNS = (
    "age int, workclass text, fnlwgt int, education text, education_num int, marital_status text,"
    " occupation text, relationship text, race text, sex text, capital_gain int, capital_loss int,"
    " hours_per_week int, native_country text, income text"
)


@pytest.fixture
def adult(session: ClientSession) -> ClientSession:
    if not _FOLDER.exists():
        pytest.skip("needs the adult data in ../shared/data")
    for table, file in (("adult", "adult.data.gz"), ("adult_test", "adult.test.gz")):
        session.execute(f"create table {table} ({_COLUMNS})")
        with (
            gzip.open(_FOLDER / file, "rt") as lines,
            session.connection.cursor().copy(f"copy {table} from stdin") as copy,
        ):
            for line in lines:
                fields = line.strip().rstrip(".").split(", ")
                if len(fields) == 15:
                    copy.write_row([None if field == "?" else field for field in fields])
    return session


def _all(chunks: list[Chunk]) -> tuple[np.ndarray, np.ndarray]:
    parts = [tensors.unpack(chunk.payload) for chunk in chunks]
    return tuple(np.concatenate([part[name] for part in parts]) for name in ("numeric", TARGETS))


def test_adult(adult: ClientSession) -> None:
    chunks: list[Chunk] = []
    made = prepare(
        adult,
        Request("adult", "income", validation="adult_test", encode={"native_country": "onehot"}),
        default_partitions=4,
        write=chunks.append,
    )
    assert (made.rows, made.validation_rows, made.excluded_rows) == (32_561, 16_281, 0)
    assert made.encoding.output.classes == ("<=50K", ">50K")
    assert made.encoding.output.counts == (24_720, 7_841)
    described: dict[str, Any] = {row["column"]: row for row in made.encoding.describe()}
    kinds = {name: row["kind"] for name, row in described.items()}
    assert kinds == dict.fromkeys(described, "onehot") | dict.fromkeys(
        ["age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week"],
        "number",
    )
    missing = {name for name, row in described.items() if row["options"]["missing"]}
    assert missing == {"workclass", "occupation", "native_country"}
    assert described["workclass"]["width"] == 8 + 1
    training, labels = _all([chunk for chunk in chunks if not chunk.validation])
    held_out, truth = _all([chunk for chunk in chunks if chunk.validation])
    model = SGDClassifier(loss="log_loss", random_state=0).fit(training, labels)
    assert model.score(held_out, truth) > 0.84
