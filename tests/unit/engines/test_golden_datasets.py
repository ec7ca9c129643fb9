"""Golden files of how rows become a dataset: staged, learned from and packed."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from canned import (
    AMOUNT,
    CITY,
    CLUSTER,
    DAY,
    FLAG,
    HELD_OUT,
    KIND,
    PAIR,
    PICTURE,
    STAGED,
    TAGS,
    WIDTH,
    encoding_of_amount,
    matrix,
)
from psycopg import sql
from recording import LOOPBACK, TARGETS, Recorder

from cerebro_db.dataset.chunks import Extent
from cerebro_db.dataset.fitting.fit import fit_features
from cerebro_db.dataset.labels.output import learn_output
from cerebro_db.dataset.request.overrides import Override, Stated
from cerebro_db.dataset.request.selection import Selection
from cerebro_db.dataset.source.relation import Relation
from cerebro_db.dataset.staged.rows import StagedRows
from cerebro_db.engines.greenplum import packing

EVERY_KIND = Selection(
    source=Relation("shop", "customers", 16_400, ()),
    features=(
        (AMOUNT, "number"),
        (FLAG, "boolean"),
        (CITY, "text"),
        (DAY, "datetime"),
        (PAIR, "array"),
        (PICTURE, "bytes"),
    ),
    targets=(KIND,),
    seed=11,
    validation=0.2,
)
SELECTIONS = {
    "columns of every kind, a fraction held out": EVERY_KIND,
    "a column says which rows are held out; labels in an array": replace(
        EVERY_KIND, features=((AMOUNT, "number"),), targets=(TAGS,), validation=HELD_OUT
    ),
    "a query is held out; two targets": replace(
        EVERY_KIND,
        source=Relation("pg_temp", "_cerebro_source_1", 16_401, ()),
        features=((PAIR, "array"), (DAY, "datetime")),
        targets=(AMOUNT, WIDTH),
        validation=Relation("pg_temp", "_cerebro_source_2", 16_402, ()),
    ),
}

EXTENTS = (
    Extent(True, 0, 0, 200),
    *(Extent(False, i, 200 + 160 * i, 360 + 160 * i) for i in range(5)),
)

# Of the cluster's homes: the validation rows on both, the partitions in turn.
ARRIVED = [(home, True, 0, 200) for home in (3, 5)] + [
    (home, False, number, 160) for number, home in enumerate((3, 5, 3, 5, 3))
]


@pytest.mark.parametrize("target", TARGETS)
def test_staging_is_golden(target: str) -> None:
    recorder = Recorder(target, STAGED)
    for title, selection in SELECTIONS.items():
        recorder.title(title)
        recorder.server.stage(lambda: nullcontext(recorder), recorder, selection).drop()
    recorder.check("staging")


def staged_before(recorder: Recorder, selection: Selection) -> StagedRows:
    """Return rows that are staged, so that a recorder notes only what follows."""
    before = Recorder(recorder.target, STAGED)
    before.title("staging")
    staged = recorder.server.stage(lambda: nullcontext(before), before, selection)
    staged.session = recorder
    return staged


@pytest.mark.parametrize("target", TARGETS)
def test_learning_is_golden(target: str) -> None:
    recorder = Recorder(
        target,
        {
            "current_setting": [{"value": "on"}],
            "as training": [
                {"label": label, "rows": 5, "training": 4, "distinct": 2}
                for label in ("new", "old")
            ],
            # One of each is held out: of the first batch a part, and the second as a whole.
            "as labels": [
                {"batch": 1 << 40, "labels": '["new", "new"]'},
                {"batch": 1 + (1 << 40), "labels": '["old"]'},
            ],
            "min(position) as first": [
                {"label": "new", "home": 3, "rows": 5, "first": 0},
                {"label": "old", "home": 3, "rows": 2, "first": 1},
                {"label": "old", "home": 5, "rows": 3, "first": 7},
            ],
            "as words": [
                {
                    "number": 0,
                    "rows": 800,
                    "nulls": 0,
                    "distinct": 2,
                    "words": 1.5,
                    "frequent": ["Lima", "Rome"],
                    "frequencies": [500, 300],
                }
            ],
            "as r0": [
                {"rows": 1000, "taken": None, "r0": matrix(1000, 3)}
                | {name: [[None] * 1000] for name in ("r1", "r2")}
            ],
        },
    )
    staged = staged_before(recorder, EVERY_KIND)
    recorder.title("of the labels")
    output, _ = learn_output(staged, None)
    recorder.title("of the features: what each is, then batch by batch")
    picture = Override("image", {"shape": [2, 2, 1], "dtype": "uint8"})
    fit_features(staged, Stated({"picture": picture}), output)
    recorder.check("learning")


@pytest.mark.parametrize("target", TARGETS)
def test_packing_is_golden(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(
        target,
        {
            **CLUSTER,
            "current_setting": [{"value": "on"}],
            "sum(bytes)": [{"bytes": 9000}],
            "sum(rows)": [
                {"home": home, "validation": validation, "number": number, "rows": rows}
                for home, validation, number, rows in ARRIVED
            ],
            "as r0": [
                {"rows": rows, "taken": None, "r0": matrix(rows, 1)}
                | {"r1": [["Lima"] * rows], "r2": ["new"] * rows}
                for rows in (300, 700)
            ],
        },
    )
    selection = replace(EVERY_KIND, features=((AMOUNT, "number"), (CITY, "text")))
    staged = staged_before(recorder, selection)
    staged.label_form = "text"
    recorder.title("validation rows and five partitions are packed")
    recorder.server.pack(recorder, 8, "customers", staged, encoding_of_amount(), EXTENTS)
    if target == "greenplum6":
        recorder.title("after an error, in a session of its own: what was not taken is removed")
        monkeypatch.setattr(packing, "connect", lambda *_: SimpleNamespace(close=lambda: None))
        monkeypatch.setattr(packing, "ClientSession", lambda *_: recorder)
        packing._discard(LOOPBACK, sql.Literal(f"{1:032}"))
    recorder.check("packing")
