"""A fraction of each class is held out, and each class is trained; what is stated is checked."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from one_server import prepare

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.features.categories import OneHot
from cerebro_db.dataset.labels.shares import held_out
from cerebro_db.dataset.prepare import Prepared
from cerebro_db.dataset.request.request import Request
from cerebro_db.errors import DataError
from cerebro_db.model.signature import TARGETS
from cerebro_db.testing.caller import CallerClient

# The label of row x; x is a feature, and so are the same as a category, an array and a text.
SOURCE = """
select x::float8 as x, x::text || ' of all' as words, array[x, -x] as pair,
    'group ' || x % 9 as kind, null::real as missing, {label} as y
from generate_series(1, {rows}) as x
"""
LABELS = {
    "boolean": ("x % 10 = 0", 5000),
    "few": ("x in (17, 900, 4999)", 5000),
    "one batch": ("case when x % 2 = 0 then 'a' else 'b' end", 40),
    "integers": ("case when x <= 3 then -1 else x % 4 end", 3000),
    "many": ("'class ' || x % 300", 3000),
    "uneven": ("'class ' || floor(sqrt(x))", 4000),
    "float8": ("(x % 2)::float8", 1000),
}


def run(
    session: CallerClient, source: str, **options: Any
) -> tuple[Prepared, list[PackedChunk], dict[bool, dict[int, str]]]:
    """Prepare a source; return for each side (True is validation) the label of each row."""
    chunks: list[PackedChunk] = []
    encode = {"words": {"as": "text", "words": 10}, "kind": "onehot"}
    options = {"encode": encode, "task": "classification"} | options
    # It counts the rows, and would be left out.
    options["encode"] = {"x": "number"} | options["encode"]
    made = prepare(session, Request(source, "y", **options), chunks=chunks)
    x = next(f for f in made.encoding.features if f.column == "x")
    sides: dict[bool, dict[int, str]] = {True: {}, False: {}}
    for chunk in chunks:
        rows = tensors.unpack(chunk.payload)
        numbers = [round(float(v) * x.scale + x.mean) for v in rows["numeric"][:, 0]]
        classes = made.encoding.output.classes
        labels = [classes[int(code)] for code in rows[TARGETS]]
        assert not sides[chunk.validation].keys() & set(numbers)
        sides[chunk.validation] |= dict(zip(numbers, labels, strict=True))
    return made, chunks, sides


@pytest.mark.parametrize("case", LABELS)
@pytest.mark.parametrize("fraction", ["0.2", "0.03"])
def test_each_class_has_its_share(session: CallerClient, case: str, fraction: str) -> None:
    label, rows = LABELS[case]
    source = SOURCE.format(label=label, rows=rows)
    made, chunks, sides = run(session, source, validation=fraction)
    expected = {
        int(row["x"]): row["y"]
        for row in session.fetch(f"select x, y::text as y from ({source}) as rows")
    }
    # Every row once, with its own label.
    assert sides[True] | sides[False] == expected
    assert len(sides[True]) + len(sides[False]) == rows
    counts = Counter(expected.values())
    wanted = {label: n for label, n in held_out(counts, float(fraction)).items() if n}
    assert Counter(sides[True].values()) == wanted
    assert made.validation_rows == sum(wanted.values())
    assert made.rows == rows - made.validation_rows
    trained = Counter(sides[False].values())
    output = made.encoding.output
    assert dict(zip(output.classes, output.counts, strict=True)) == trained
    assert set(trained) == set(counts)
    # What was learned of the features is of the training rows alone.
    numbers = np.array(sorted(sides[False]))
    x, pair = (next(f for f in made.encoding.features if f.column == n) for n in ("x", "pair"))
    assert x.mean == pytest.approx(numbers.mean())
    assert x.scale == pytest.approx(numbers.std())
    assert pair.means == pytest.approx([numbers.mean(), -numbers.mean()])
    # And all of a row came along with its number.
    kind = next(f for f in made.encoding.features if isinstance(f, OneHot))
    for chunk in chunks:
        numeric = tensors.unpack(chunk.payload)["numeric"]
        number = np.rint(numeric[:, 0] * x.scale + x.mean).astype(int)
        first = numeric[:, 1:3] * np.array(pair.scales) + np.array(pair.means)
        np.testing.assert_allclose(first, np.stack([number, -number], axis=1), rtol=1e-4)
        groups = [kind.vocabulary[i].split()[1] for i in numeric[:, 3:12].argmax(axis=1)]
        assert groups == [str(n % 9) for n in number]


def test_categories_are_counted_in_training_rows(session: CallerClient) -> None:
    """Each value of the only row of a class is trained; of a pair one is held out."""
    source = (
        "select x::float8 as x, case when x <= 2 then 'rare ' || x else 'often' end as kind,"
        " case when x <= 2 then 'yes' else 'no' end as y from generate_series(1, 900) as x"
    )
    made, _, sides = run(session, source, encode={"kind": {"as": "onehot", "min_rows": 1}})
    (held,) = [x for x, label in sides[True].items() if label == "yes"]
    kind = next(f for f in made.encoding.features if isinstance(f, OneHot))
    assert set(kind.vocabulary) == {"often", f"rare {3 - held}"}


def test_the_split_is_a_function_of_seed_and_rows(session: CallerClient) -> None:
    source = SOURCE.format(label=LABELS["many"][0], rows=LABELS["many"][1])

    def packed(seed: int) -> list[tuple[bool, int, int, bytes]]:
        _, chunks, _ = run(session, source, seed=seed)
        return [(c.validation, c.partition, c.seq, c.payload) for c in chunks]

    assert packed(3) == packed(3)
    assert packed(3) != packed(4)


def test_rows_without_a_label_stay_out(session: CallerClient) -> None:
    label = "case when x % 3 > 0 then x % 3 = 1 end"
    made, _, sides = run(session, SOURCE.format(label=label, rows=3000))
    assert (made.rows + made.validation_rows, made.excluded_rows) == (2000, 1000)
    assert Counter(sides[True].values()) == {"true": 200, "false": 200}
    assert not any(x % 3 == 0 for side in sides.values() for x in side)


def test_regression_holds_out_a_fraction_of_all_rows(session: CallerClient) -> None:
    source = SOURCE.format(label="x % 2 + 0.0", rows=1000)
    chunks: list[PackedChunk] = []
    made = prepare(session, Request(source, "y", task="regression"), chunks=chunks)
    assert (made.rows, made.validation_rows) == (800, 200)


@pytest.mark.parametrize("task", [None, "binary", "multiclass"])
@pytest.mark.parametrize("how", ["column", "source"])
def test_a_class_of_validation_rows_alone_is_refused(
    session: CallerClient, how: str, task: str | None
) -> None:
    session.execute(
        "create table rows as select x, case when x > 950 then 'new' when x % 2 = 0 then 'even'"
        " else 'odd' end as y, x > 900 as late from generate_series(1, 1000) as x;"
    )
    source, validation = "rows", "late"
    if how == "source":
        source, validation = (
            f"select x, y from rows where {which}" for which in ("not late", "late")
        )
    with pytest.raises(DataError, match="without a training row: 'new'") as caught:
        prepare(session, Request(source, "y", task=task, validation=validation))
    assert '"y"' in caught.value.message
    assert "fraction" in caught.value.hint


def test_labels_of_validation_rows_alone_are_refused_or_said(session: CallerClient) -> None:
    session.execute(
        "create table tagged as select x, x = 7 as late, array['t' || x % 3] ||"
        " case when x = 7 then array['new'] end as y from generate_series(1, 100) as x"
    )
    with pytest.raises(DataError, match="without a training row: 'new'"):
        prepare(session, Request("tagged", "y", features=("x",), validation="late"))
    said = set()
    for seed in range(12):
        made = prepare(session, Request("tagged", "y", features=("x",), seed=seed))
        counts = dict(zip(made.encoding.output.classes, made.encoding.output.counts, strict=True))
        note = 'label "new" has no training row: it cannot be learned'
        assert (note in made.notes) == (counts["new"] == 0)
        said.add(note in made.notes)
    assert said == {True, False}


def test_two_classes_of_which_one_is_late(session: CallerClient) -> None:
    source = "select x, x > 50 as y, x > 50 as late from generate_series(1, 100) as x"
    with pytest.raises(DataError, match="without a training row: 'true'"):
        prepare(session, Request(source, "y", features=("x",), validation="late"))
