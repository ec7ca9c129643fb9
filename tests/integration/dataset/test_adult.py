"""The census data end to end: what is chosen, and that it can be learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from one_server import prepare
from sklearn.linear_model import SGDClassifier

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.request.request import Request
from cerebro_db.model.signature import TARGETS
from cerebro_db.testing.caller import CallerClient
from cerebro_db.testing.data import load_adult_into


@pytest.fixture
def adult(session: CallerClient) -> CallerClient:
    load_adult_into(session.connection)
    return session


def _all(chunks: list[PackedChunk]) -> tuple[np.ndarray, np.ndarray]:
    parts = [tensors.unpack(chunk.payload) for chunk in chunks]
    return tuple(np.concatenate([part[name] for part in parts]) for name in ("numeric", TARGETS))


def test_adult(adult: CallerClient) -> None:
    chunks: list[PackedChunk] = []
    made = prepare(
        adult,
        Request("adult", "income", validation="adult_test", encode={"native_country": "onehot"}),
        default_partitions=4,
        chunks=chunks,
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
    # Of 8 values, two are in fewer than 100 rows; one column says where it is missing.
    assert described["workclass"]["width"] == 6 + 1
    # 16 whole numbers, of which one is in fewer than 100 rows.
    assert described["education_num"]["width"] == 1 + 15
    training, labels = _all([chunk for chunk in chunks if not chunk.validation])
    held_out, truth = _all([chunk for chunk in chunks if chunk.validation])
    model = SGDClassifier(loss="log_loss", random_state=0).fit(training, labels)
    assert model.score(held_out, truth) > 0.84
