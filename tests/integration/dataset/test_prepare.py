"""What ``prepare`` makes of tables: the split, the shuffle, the chunks, the tasks."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
from one_server import open_batches, prepare, read

from cerebro_db import tensors
from cerebro_db.dataset.chunks import PackedChunk
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.prepare import Prepared
from cerebro_db.dataset.request.request import Request, selected
from cerebro_db.engines.postgres.staging import stage
from cerebro_db.errors import DataError, InvalidArgument
from cerebro_db.model.signature import TARGETS
from cerebro_db.testing.caller import CallerClient


def _run(
    session: CallerClient, source: str, target: str, **options: Any
) -> tuple[Prepared, list[PackedChunk]]:
    chunks: list[PackedChunk] = []
    default = options.pop("default_partitions", 3)
    made = prepare(
        session, Request(source, target, **options), default_partitions=default, chunks=chunks
    )
    return made, chunks


def _numbers(chunks: list[PackedChunk], encoding: Encoding) -> list[int]:
    """Return the column x of all rows, undoing its standardisation."""
    x = encoding.features[0]
    rows = np.concatenate([tensors.unpack(chunk.payload)["numeric"] for chunk in chunks])
    return [round(float(value) * x.scale + x.mean) for value in rows[:, 0]]


@pytest.fixture
def numbered(session: CallerClient) -> CallerClient:
    session.execute(
        "create table numbered as select x, x % 2 = 0 as y, x <= 100 as held_out"
        " from generate_series(1, 1000) x"
    )
    return session


def test_every_row_once_and_partitions_differ_by_one_row(numbered: CallerClient) -> None:
    made, chunks = _run(numbered, "numbered", "y", features=("x",), partitions=7)
    assert sorted(_numbers(chunks, made.encoding)) == list(range(1, 1001))
    assert (made.rows, made.validation_rows, made.partitions) == (800, 200, 7)
    sizes = [chunk.rows for chunk in chunks if not chunk.validation]
    assert sum(sizes) == 800
    assert max(sizes) - min(sizes) == 1
    assert {chunk.partition for chunk in chunks if chunk.validation} == {0}
    assert made.bytes == sum(len(chunk.payload) for chunk in chunks)


def test_statistics_are_those_of_the_training_rows(numbered: CallerClient) -> None:
    made, chunks = _run(numbered, "numbered", "y", features=("x",), validation="held_out")
    assert (made.rows, made.validation_rows) == (900, 100)
    held_out = [chunk for chunk in chunks if chunk.validation]
    assert sorted(_numbers(held_out, made.encoding)) == list(range(1, 101))
    expected = np.arange(101, 1001)
    feature = made.encoding.features[0]
    assert feature.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert feature.scale == pytest.approx(expected.std(), rel=1e-12)


def test_the_seed_decides_the_order(numbered: CallerClient) -> None:
    def order(seed: int) -> list[int]:
        made, chunks = _run(numbered, "numbered", "y", features=("x",), seed=seed)
        return _numbers(chunks, made.encoding)

    assert order(1) == order(1)
    assert order(1) != order(2)
    # Shuffled: neighbours of the table are no neighbours here.
    neighbours = np.abs(np.diff(order(1))) == 1
    assert neighbours.sum() < 20


def test_two_seeds_have_nothing_in_common(numbered: CallerClient) -> None:
    def ranks(seed: int) -> np.ndarray:
        made, chunks = _run(numbered, "numbered", "y", features=("x",), seed=seed, validation="0")
        return np.argsort(_numbers(chunks, made.encoding))

    for seed in (1, 2, 3):
        assert abs(np.corrcoef(ranks(0), ranks(seed))[0, 1]) < 0.15


def test_validation_rows_of_their_own(numbered: CallerClient) -> None:
    made, chunks = _run(
        numbered,
        "select * from numbered where x > 500; -- the rest",
        "y",
        features=("x",),
        validation="select y, x + 0.0 as x from numbered where x <= 30 -- a comment",
    )
    assert (made.rows, made.validation_rows) == (500, 30)
    held_out = [chunk for chunk in chunks if chunk.validation]
    assert sorted(_numbers(held_out, made.encoding)) == list(range(1, 31))


def test_no_validation(numbered: CallerClient) -> None:
    made, chunks = _run(numbered, "numbered", "y", validation="0")
    assert made.validation_rows == 0
    assert not any(chunk.validation for chunk in chunks)


def test_few_rows_reduce_the_default_but_not_the_stated_partitions(numbered: CallerClient) -> None:
    source = "select x, y from numbered limit 200"
    made, _ = _run(numbered, source, "y", default_partitions=8)
    assert made.partitions == 2
    assert any("few rows" in note for note in made.notes)
    made, _ = _run(numbered, source, "y", partitions=8)
    assert made.partitions == 8


def test_rows_without_a_label_are_left_out(session: CallerClient) -> None:
    session.execute(
        "create table t as select x, nullif(x % 3, 0) as y, nullif(x, 7) as z"
        " from generate_series(1, 300) x"
    )
    made, _ = _run(session, "t", "y")
    assert (made.rows + made.validation_rows, made.excluded_rows) == (200, 100)
    made, _ = _run(session, "t", "y, z", task="regression", features=("x",))
    assert made.excluded_rows == 101


def test_chunks_are_bounded(session: CallerClient) -> None:
    session.execute(
        "create table wide as select i % 2 as y, array_agg((i * j)::real) as x"
        " from generate_series(1, 1500) i, generate_series(1, 2048) j group by i"
    )
    made, chunks = _run(session, "wide", "y", partitions=2, validation="0")
    # 2,049 float32 a row: 512 rows are 4 MB.
    assert [(c.partition, c.seq, c.rows) for c in chunks] == [
        (0, 0, 512), (0, 1, 238), (1, 0, 512), (1, 1, 238),
    ]  # fmt: skip
    assert made.encoding.signature.inputs[0].shape == (2048,)


@pytest.mark.parametrize(
    ("label", "task", "classes"),
    [
        ("x % 2 = 0", "binary", ("false", "true")),
        ("x % 2", "binary", ("0", "1")),
        ("(x % 2)::float8 + 0.5", "binary", ("0.5", "1.5")),
        ("x % 11 + 2", "multiclass", tuple(map(str, range(2, 13)))),
        ("(array['b','a','Ä','Z'])[x % 4 + 1]", "multiclass", ("Z", "a", "b", "Ä")),
        ("x % 100", "regression", ()),
        ("x % 7 + 0.25", "regression", ()),
        ("array['r' || x % 3, 'q']", "multilabel", ("q", "r0", "r1", "r2")),
        ("array[10, x % 3]", "multilabel", ("0", "1", "2", "10")),
    ],
)
def test_the_task_is_inferred(
    session: CallerClient, label: str, task: str, classes: tuple[str, ...]
) -> None:
    source = f"select x, {label} as y from generate_series(1, 600) x"
    made, chunks = _run(session, source, "y")
    output = made.encoding.output
    assert (output.task, output.classes) == (task, classes)
    assert output.units == (1 if task in ("binary", "regression") else len(classes))
    targets = np.concatenate(
        [tensors.unpack(c.payload)[TARGETS] for c in chunks if not c.validation]
    )
    if task == "binary":
        assert targets.dtype == np.float32
        assert output.counts == ((targets == 0).sum(), (targets == 1).sum())
    elif task == "multiclass":
        assert targets.dtype == np.int32
        assert output.counts == tuple(np.bincount(targets))
    elif task == "multilabel":
        assert output.counts == tuple(targets.sum(axis=0))
    else:
        assert targets.shape[1:] == (1,)
        assert targets.mean() == pytest.approx(0, abs=1e-5)
        assert targets.std() == pytest.approx(1, rel=1e-5)


def test_targets_belong_to_their_rows(session: CallerClient) -> None:
    source = "select x, x * 2 as a, -x::numeric as b from generate_series(1, 500) x"
    made, chunks = _run(session, source, "a, b")
    output = made.encoding.output
    assert (output.task, output.units, output.columns) == ("regression", 2, ("a", "b"))
    for chunk in chunks:
        targets = tensors.unpack(chunk.payload)[TARGETS] * output.scales + output.means
        x = np.array(_numbers([chunk], made.encoding))
        np.testing.assert_allclose(targets, np.stack([x * 2, -x], axis=1), atol=1e-3)


def test_classification_picks_the_kind(session: CallerClient) -> None:
    source = "select x, x % 50 as y, x % 2 as z from generate_series(1, 600) x"
    made, _ = _run(session, source, "y", task="classification")
    assert made.encoding.output.task == "multiclass"
    made, _ = _run(session, source, "z", task="classification")
    assert made.encoding.output.task == "binary"


def test_kinds_are_chosen_and_explained(session: CallerClient) -> None:
    session.execute(
        "create table people as select i as id, md5(i::text)::uuid as ident, i % 2 = 0 as y,"
        " 'colour ' || i % 5 as colour, 'city ' || i % 40 as city, null::int as nothing,"
        " 'this is a longer remark about ' || i as remark,"
        " timestamptz '2026-01-20 12:00 UTC' + i * interval '1 hour' as seen,"
        " array[i, i + 1] as pair, array[[i, 2], [3, 4]] as grid, i % 3 = 0 as flag"
        " from generate_series(1, 400) i"
    )
    made, _ = _run(session, "people", "y", encode={"id": "skip"})
    described = {row["column"]: row for row in made.encoding.describe()}
    kinds = {name: (row["kind"], row["width"]) for name, row in described.items()}
    assert kinds == {
        "id": ("skip", 0),
        "ident": ("skip", 0),
        "colour": ("onehot", 5),
        "city": ("embedding", 1),
        "nothing": ("skip", 0),
        "remark": ("text", 7),
        "seen": ("datetime", 9),
        "pair": ("vector", 2),
        "grid": ("image", 4),
        "flag": ("number", 1),
    }
    assert described["id"]["why"] == "stated in encode"
    assert "an id" in described["ident"]["why"]
    assert "NULL in all" in described["nothing"]["why"]
    assert "5 distinct values in 320 training rows" in described["colour"]["why"]
    assert "words on average" in described["remark"]["why"]


def test_unlabelled_and_unseen_rows_are_read_for_prediction(numbered: CallerClient) -> None:
    made, _ = _run(numbered, "numbered", "y", features=("x",))
    with open_batches(numbered, made.encoding, "select 5 as x union all select null") as staged:
        tensor = made.encoding.encode(read(staged))["numeric"]
    assert tensor.shape == (2, 1)
    # Training had no NULL, so NULL is the mean.
    assert tensor[1, 0] == 0.0
    with open_batches(
        numbered,
        made.encoding,
        "select 5 as x, null::bool as y union all select 6, true",
        labels=True,
    ) as staged:
        assert made.encoding.encode_target(read(staged)).tolist() == [1.0]


def test_nothing_is_left_behind(numbered: CallerClient) -> None:
    _run(numbered, "numbered", "y")
    left = numbered.fetch("select relname::text from pg_class where relname ~ '^_cerebro_'")
    assert left == []


def test_the_staged_rows_go_with_a_transaction_that_failed(numbered: CallerClient) -> None:
    with (
        pytest.raises(psycopg.errors.UndefinedTable),
        numbered.connection.transaction(),
        selected(numbered, Request("numbered", "y")) as (plan, _, _),
        stage(numbered, plan) as staged,
    ):
        numbered.execute("select * from no_such_table")
    with pytest.raises(psycopg.errors.UndefinedTable), numbered.connection.transaction():
        numbered.execute(f"select * from {staged.table}")


def test_labels_and_categories_of_integers_stay_integers(session: CallerClient) -> None:
    with pytest.raises(InvalidArgument, match='"y" differs in type'):
        _run(
            session,
            "select x, x % 3 as y from generate_series(1, 100) x",
            "y",
            validation="select x, x % 3 + 0.0 as y from generate_series(1, 9) x",
        )


def test_a_table_of_one_row(session: CallerClient) -> None:
    source = "select 1 as x, 2.5 as y"
    with pytest.raises(DataError, match="constant"):
        _run(session, source, "y", validation="0")
