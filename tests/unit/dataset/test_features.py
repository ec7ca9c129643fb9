"""Each kind of feature: what it learns, what it makes of values, and what it refuses."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from cerebro_db.dataset.columns import Column, Values
from cerebro_db.dataset.features import Feature, Fitter, from_json
from cerebro_db.dataset.features._lengths import MAX_STATED_LENGTH
from cerebro_db.dataset.features._moments import Moments
from cerebro_db.dataset.features.arrays import ArrayFitter, ArrayImageFitter, VectorFitter
from cerebro_db.dataset.features.categories import Embedding, OneHot
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.ids import IdsFitter
from cerebro_db.dataset.features.images import ByteImageFitter
from cerebro_db.dataset.features.numbers import NumberFitter
from cerebro_db.dataset.features.texts import TextFitter
from cerebro_db.dataset.request.overrides import Override, no_encoding, parse_overrides
from cerebro_db.dataset.request.weighing import split_weights
from cerebro_db.errors import DataError, InvalidArgument
from cerebro_db.model.layers.embedding import MAX_IDS

_NUMBER = Column("n", "real", "float4send")
_TEXT = Column("t", "text", "textsend")
_ARRAY = Column("a", "real[]", "array_send", "float4send")
_IDS = Column("i", "int[]", "array_send", "int4send")
_BYTES = Column("b", "bytea", "byteasend")
_TIME = Column("d", "timestamp", "timestamp_send")


def _fitted(fitter: Fitter, *batches: Values) -> Any:
    for batch in batches:
        fitter.check(batch)
        fitter.update(batch)
    return fitter.finish()


@given(
    arrays(np.float64, (40, 2), elements=st.floats(-1e6, 1e6, width=32)),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_moments_do_not_depend_on_the_batches(values: np.ndarray, cuts: list[int]) -> None:
    moments = Moments()
    for batch in np.split(values, sorted(cuts)):
        moments.update(batch)
    mean, scale = moments.standard("x")
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-9, atol=1e-9)
    spread = values.std(axis=0)
    expected = np.where(np.ptp(values, axis=0) == 0, 0.0, spread)
    np.testing.assert_allclose(scale, expected, rtol=1e-6, atol=1e-6)


def test_moments_keep_their_digits_far_from_zero() -> None:
    moments = Moments()
    values = 1e9 + np.random.default_rng(0).normal(size=(5, 1000, 1))
    for batch in values:
        moments.update(batch)
    _, scale = moments.standard("x")
    assert scale == pytest.approx(values.std(), rel=1e-6)


def test_numbers_are_standardised_as_by_scikit_learn() -> None:
    values = np.random.default_rng(0).normal(50, 7, 1000)
    feature = _fitted(NumberFitter(_NUMBER, {}, ""), values[:300], values[300:])
    expected = StandardScaler().fit_transform(values[:, None])
    np.testing.assert_allclose(feature.encode(values), expected, rtol=1e-5, atol=1e-6)
    assert not feature.missing


def test_a_missing_number_is_the_mean() -> None:
    feature = _fitted(NumberFitter(_NUMBER, {}, ""), np.array([1.0, np.nan, 3.0]))
    assert feature.missing
    assert feature.encode(np.array([1.0, np.nan, 3.0])).tolist() == [[-1.0], [0.0], [1.0]]


def test_a_constant_number_is_zero() -> None:
    feature = _fitted(NumberFitter(_NUMBER, {}, ""), np.full(7, 0.1), np.full(3, 0.1))
    assert (feature.mean, feature.scale) == (0.1, 0.0)
    assert feature.encode(np.array([0.1, 5000.0])).tolist() == [[0.0], [0.0]]


def test_booleans_are_not_standardised() -> None:
    column = Column("b", "boolean", "boolsend")
    feature = _fitted(NumberFitter(column, {}, ""), np.array([1.0, 1.0, 0.0]))
    assert feature.encode(np.array([0.0, 1.0])).tolist() == [[0.0], [1.0]]


def test_infinite_and_huge_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="NaN or infinity") as caught:
        _fitted(NumberFitter(_NUMBER, {}, ""), np.array([1.0, np.inf]), np.array([-np.inf]))
    assert "2 rows" in caught.value.detail
    with pytest.raises(DataError, match="too large"):
        _fitted(NumberFitter(_NUMBER, {}, ""), np.array([1e300, -1e300]))


def test_one_hot_as_by_scikit_learn() -> None:
    values = ["b", "a", "c", "a"]
    feature = OneHot("t", "text", "", missing=False, vocabulary=("a", "b", "c"))
    expected = OneHotEncoder(sparse_output=False).fit_transform([[value] for value in values])
    np.testing.assert_array_equal(feature.encode(values), expected)
    assert feature.encode(["unknown", None]).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize(("missing", "size", "null_code"), [(True, 4, 3), (False, 3, 0)])
def test_embedding_codes(missing: bool, size: int, null_code: int) -> None:
    feature = Embedding("t", "text", "", missing, vocabulary=("a", "b"))
    codes = feature.encode(["a", "b", "unknown", None])
    assert codes[:, 0].tolist() == [1, 2, 0, null_code]
    assert codes.dtype == np.int32
    assert feature.sizes == (size,)
    assert not feature.indicator


@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)), min_size=2, max_size=9))
def test_calendar_parts_agree_with_datetime(moments: list[datetime]) -> None:
    column = Column("d", "timestamp with time zone", "timestamptz_send")
    epoch = datetime(1970, 1, 1)
    seconds = np.array([np.floor((moment - epoch).total_seconds()) for moment in moments])
    # All parts vary among these.
    both = np.array([0.0, 86_400.0 * 40 + 3_600.0])
    encoded = _fitted(DateTimeFitter(column, {}, ""), both, seconds).encode(seconds)
    parts = [(lambda m: m.month - 1, 12), (lambda m: m.weekday(), 7), (lambda m: m.day - 1, 31)]
    parts.append((lambda m: m.hour, 24))
    for index, (part, length) in enumerate(parts):
        angle = 2 * np.pi * np.array([part(moment) for moment in moments]) / length
        np.testing.assert_allclose(encoded[:, 2 * index], np.sin(angle), atol=1e-6)
        np.testing.assert_allclose(encoded[:, 2 * index + 1], np.cos(angle), atol=1e-6)


def test_a_date_has_no_hour_and_null_is_no_date() -> None:
    column = Column("d", "date", "date_send")
    days = np.array([0.0, 86_400.0 * 397, np.nan])
    feature = _fitted(DateTimeFitter(column, {}, ""), days)
    assert feature.shape == (7,)
    encoded = feature.encode(days)
    assert encoded[2].tolist() == [0.0] * 7
    assert encoded[:2, 6].tolist() == [-1.0, 1.0]
    assert datetime.fromtimestamp(0, UTC).weekday() == 3
    np.testing.assert_allclose(
        encoded[0, 2:4], [np.sin(6 * np.pi / 7), np.cos(6 * np.pi / 7)], 1e-6
    )


def test_vectors() -> None:
    values = [np.array([1.0, 5.0]), None, np.array([3.0, 5.0])]
    feature = _fitted(VectorFitter(_ARRAY, {}, ""), values)
    assert feature.encode(values).tolist() == [[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]
    assert feature.missing
    with pytest.raises(DataError, match="another shape"):
        feature.encode([np.zeros(3)])
    with pytest.raises(DataError, match="NaN"):
        feature.encode([np.array([1.0, np.inf])])
    assert feature.encode([None]).tolist() == [[0.0, 0.0]]


def test_array_images() -> None:
    values = list(np.arange(24.0).reshape(2, 3, 4))
    feature = _fitted(ArrayImageFitter(_ARRAY, {}, ""), values[:1], values[1:])
    assert feature.shape == (3, 4, 1)
    expected = StandardScaler().fit_transform(np.arange(24.0)[:, None]).reshape(2, 3, 4, 1)
    np.testing.assert_allclose(feature.encode(values), expected, rtol=1e-6)
    flat = list(np.arange(24.0).reshape(2, 12))
    stated = _fitted(ArrayImageFitter(_ARRAY, {"shape": [2, 2, 3]}, ""), flat)
    np.testing.assert_array_equal(stated.encode(flat).ravel(), feature.encode(values).ravel())
    for wrong, rows in (([5, 5], values), ([2, 2, 3], values), ([4, 3], values), ([5, 5], flat)):
        with pytest.raises(DataError, match="do not have the stated shape"):
            _fitted(ArrayImageFitter(_ARRAY, {"shape": wrong}, ""), rows)
    one = _fitted(ArrayImageFitter(_ARRAY, {"shape": [3, 4, 1]}, ""), values)
    assert one.encode(values).shape == (2, 3, 4, 1)


@pytest.mark.parametrize("kind", [ArrayImageFitter, VectorFitter])
def test_arrays_have_the_shape_that_they_had_in_training(kind: type[Fitter]) -> None:
    values = list(np.arange(108.0).reshape(3, 6, 3, 2))
    feature = _fitted(kind(_ARRAY, {}, ""), values)
    kept = from_json(json.loads(json.dumps(feature.to_json())))
    for own in (feature, kept):
        np.testing.assert_array_equal(own.encode(np.stack(values)), own.encode(values))
        for other in ((3, 6, 2), (2, 3, 6), (18, 2), (36,), (1, 6, 3, 2), (0,)):
            # Alone, among others, and stacked as all arrays of one shape are.
            wrong = np.resize(np.arange(36.0), other)
            for rows in ([wrong], [values[0], wrong], np.stack([wrong, wrong])):
                with pytest.raises(DataError, match="has another shape") as caught:
                    own.encode(rows)
                assert "due is 6 x 3 x 2" in caught.value.detail
    # Earlier releases kept no shape.
    document = {name: value for name, value in feature.to_json().items() if name != "array"}
    before = from_json(document)
    assert before.encode([np.arange(36.0)]).size == 36
    with pytest.raises(DataError, match="has another shape"):
        before.encode([np.arange(35.0)])


_MOST = float(np.finfo(np.float32).max)

# A feature that was trained on numbers of about one, and values that standardised are too much.
TOO_LARGE: list[Any] = [
    pytest.param(NumberFitter(_NUMBER, {}, ""), [0.0, 2.0], [1e39, -1e308, 2 * _MOST], id="number"),
    pytest.param(NumberFitter(_NUMBER, {}, ""), [0.0, 1e-9], [1e31, -1e300], id="small scale"),
    pytest.param(
        VectorFitter(_ARRAY, {}, ""),
        [np.array([0.0, 5.0]), np.array([2.0, 6.0])],
        [np.array([0.0, 1e39]), np.array([-1e308, 5.0])],
        id="vector",
    ),
    pytest.param(
        ArrayImageFitter(_ARRAY, {}, ""),
        list(np.arange(8.0).reshape(2, 2, 2)),
        [np.array([[0.0, 1e300], [0.0, 0.0]])],
        id="image",
    ),
    pytest.param(
        ByteImageFitter(_BYTES, {"shape": [1, 2], "dtype": "float32"}, ""),
        [np.array([0, 1e-9], "<f4").tobytes()],
        [np.array([0, 3e38], "<f4").tobytes()],
        id="bytes",
    ),
    pytest.param(DateTimeFitter(_TIME, {}, ""), [0.0, 1e-30], [1e12, -1e12], id="datetime"),
]


@pytest.mark.parametrize(("fitter", "trained", "wrong"), TOO_LARGE)
def test_numbers_beyond_float32_are_refused(
    fitter: Fitter, trained: list[Any], wrong: list[Any]
) -> None:
    def values(items: list[Any]) -> Any:
        return np.array(items) if isinstance(items[0], float) else items

    feature = _fitted(fitter, values(trained))
    assert np.isfinite(feature.encode(values(trained))).all()
    with warnings.catch_warnings():
        # They would go to the server's log.
        warnings.simplefilter("error")
        for value in wrong:
            says = f'"{fitter.column.name}" holds numbers that are too large'
            with pytest.raises(DataError, match=says) as caught:
                feature.encode(values([trained[0], value, trained[1 % len(trained)]]))
            assert caught.value.detail.startswith("In 1 row ")


def test_byte_images() -> None:
    values = [bytes(range(6)), None, bytes([255] * 6)]
    feature = _fitted(ByteImageFitter(_BYTES, {"shape": [2, 3]}, ""), values)
    encoded = feature.encode(values)
    assert encoded.dtype == np.uint8
    assert encoded[:, :, :, 0].tolist() == [[[0, 1, 2], [3, 4, 5]], [[0] * 3] * 2, [[255] * 3] * 2]
    with pytest.raises(DataError, match="another length"):
        feature.encode([b"12345"])
    pixels = np.random.default_rng(0).normal(3, 2, (5, 4)).astype("<f4")
    options = {"shape": [2, 2, 1], "dtype": "float32"}
    images = [row.tobytes() for row in pixels]
    scaled = _fitted(ByteImageFitter(_BYTES, options, ""), images).encode(images)
    np.testing.assert_allclose(
        scaled.reshape(5, 4), (pixels - pixels.mean()) / pixels.std(), atol=1e-5
    )


def test_words() -> None:
    values = ["The cat, the CAT!", None, "the dog's  café", ""]
    feature = _fitted(TextFitter(_TEXT, {"words": 4}, ""), values)
    assert feature.vocabulary == ("the", "cat", "!", ",")
    assert feature.encode(values).tolist() == [
        [2, 3, 5, 2, 3, 4],
        [0, 0, 0, 0, 0, 0],
        [2, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    assert feature.sizes == (6,)


def test_hashed_words() -> None:
    options = {"method": "hash", "words": 1000, "length": 3}
    feature = _fitted(TextFitter(_TEXT, options, ""), ["one two"])
    ids = feature.encode(["one two", "Two unseen one more"])
    assert ids.shape == (2, 3)
    assert ids[0, 1] == ids[1, 0]
    assert ids[0, 0] == ids[1, 2]
    assert ids[1, 1] >= 2
    assert ids.max() < feature.sizes[0]


def test_the_usual_length_of_texts() -> None:
    lengths = [10] * 95 + [100] * 5
    texts: list[Any] = ["w " * length for length in lengths]
    feature: Feature = _fitted(TextFitter(_TEXT, {}, ""), texts)
    assert feature.shape == (10,)
    assert _fitted(TextFitter(_TEXT, {}, ""), ["w " * 500]).shape == (128,)


def _arrays(*rows: Sequence[float] | None) -> list[Any]:
    return [None if row is None else np.array(row, float) for row in rows]


def test_ids_are_as_they_are() -> None:
    values = _arrays([3, 9, 4, 1], None, [], [0, 2])
    feature = _fitted(IdsFitter(_IDS, {"size": 10, "length": 3}, "stated"), values)
    due = [[3, 9, 4], [0, 0, 0], [0, 0, 0], [0, 2, 0]]
    assert feature.encode(values).tolist() == due
    assert feature.encode(values).dtype == np.int32
    assert (feature.shape, feature.sizes, feature.slot) == ((3,), (10,), "text")
    assert feature.why == "stated, 1 training row cut"
    # Rows come alone, too, and stacked if they are alike.
    assert [feature.encode([value])[0].tolist() for value in values] == due
    assert feature.encode(np.array([[7.0, 8.0]])).tolist() == [[7, 8, 0]]
    assert feature.encode([]).shape == (0, 3)
    # Nobody knew these.
    assert feature.encode(_arrays([10, 9, -1], [np.inf, 2**62])).tolist() == [[0, 9, 0], [0, 0, 0]]


def test_what_is_not_stated_of_ids_is_that_of_the_rows() -> None:
    assert _fitted(IdsFitter(_IDS, {}, ""), _arrays([4], [7, 1])).options == {
        "size": 8,
        "length": 2,
        "unknown": 0,
    }
    equal = _arrays(*([index] * 200 for index in range(3)))
    assert _fitted(IdsFitter(_IDS, {}, ""), equal).shape == (200,)
    usual = _arrays(*([1] * 10 for _ in range(95)), *([1] * 300 for _ in range(5)))
    feature = _fitted(IdsFitter(_IDS, {"unknown": 5}, "why"), usual)
    assert (feature.shape, feature.sizes, feature.why) == ((10,), (6,), "why, 5 training rows cut")


def test_what_is_no_id_is_refused_or_unknown() -> None:
    values = _arrays([1, 2], [3, -5, 250], [np.inf, 4], [99, 100], None, [7, 7, -1])
    with pytest.raises(DataError) as caught:
        _fitted(IdsFitter(_IDS, {"size": 100}, ""), values)
    assert caught.value.message == 'column "i" holds what is no id from 0 to 99'
    assert caught.value.detail == (
        "It has numbers that are no ids in 3 rows: from -5 to 250 and NULL among the ids in 1 row."
    )
    assert '{"as": "ids", "size": 101, "unknown": 100}' in caught.value.hint
    feature = _fitted(IdsFitter(_IDS, {"size": 100, "unknown": 8}, ""), values)
    assert feature.encode(values)[[1, 2, 3, 5]].tolist() == [
        [3, 8, 8],
        [8, 4, 0],
        [99, 8, 0],
        [7, 7, 8],
    ]


@pytest.mark.parametrize(
    ("options", "values", "due"),
    [
        ({}, _arrays([0, 0], [np.inf]), {"size": 2, "unknown": 1}),
        ({}, _arrays([0, 1], [np.inf, 0]), {"size": 3, "unknown": 2}),
        ({"size": 1}, _arrays([0, 0], [np.inf]), {"size": 2, "unknown": 1}),
        ({"size": 9, "length": 4}, _arrays([3], [-1]), {"size": 9, "length": 4, "unknown": 8}),
        ({}, _arrays([MAX_IDS - 1], [-1, 2]), {"size": MAX_IDS, "unknown": 0}),
    ],
)
@pytest.mark.parametrize("name", ["i", "ar't", 'a"b', "a\\b", "größe"])
def test_the_hint_for_ids_is_an_encode_that_is_taken(
    name: str, options: dict[str, Any], values: list[Any], due: dict[str, Any]
) -> None:
    column = replace(_IDS, name=name)
    with pytest.raises(DataError, match="holds what is no id") as caught:
        _fitted(IdsFitter(column, options, ""), values)
    stated = parse_overrides(_shown(caught.value.hint), [column]).of(name)
    assert stated == Override("ids", due)
    feature = _fitted(IdsFitter(column, stated.options, ""), values)
    assert feature.unknown == due["unknown"]


def test_a_larger_size_is_told_of_where_it_would_do() -> None:
    for values, told in [
        ([7, 9], True),
        ([-1, 7], False),
        ([np.inf, 7], False),
        ([MAX_IDS], False),
    ]:
        with pytest.raises(DataError) as caught:
            _fitted(IdsFitter(_IDS, {"size": 5}, ""), _arrays([1], values))
        assert ("larger" in caught.value.hint) == told


@pytest.mark.parametrize("name", ["i", "ar't", 'a"b', "a\\b"])
def test_hints_about_arrays_are_an_encode_that_is_taken(name: str) -> None:
    column = replace(_IDS, name=name)
    with pytest.raises(DataError, match="differ in shape") as caught:
        _fitted(ArrayFitter(column, {}, ""), _arrays([1, 2], [3]))
    ids, skip = caught.value.hint.split(", or leave")
    assert parse_overrides(_shown(ids), [column]).of(name) == Override("ids")
    assert parse_overrides(_shown(skip), [column]).of(name) == Override("skip")


@pytest.mark.parametrize("form", ["record", "bytea"])
def test_hints_about_types_without_an_encoding_are_an_encode_that_is_taken(form: str) -> None:
    send = {"record": "record_send", "bytea": "byteasend"}[form]
    columns = [Column(name, form, send) for name in ("ar't", 'a"b')]
    image, _, skip = no_encoding(columns).hint.rpartition(", or leave")
    due = {"ar't": Override("skip"), 'a"b': Override("skip")}
    assert parse_overrides(_shown(skip), columns).columns == due
    if form == "bytea":
        assert parse_overrides(_shown(image), columns).of("ar't").options["shape"] == [28, 28, 1]


@pytest.mark.parametrize("name", ["i", "ar't", 'a"b'])
def test_the_hint_about_row_weights_is_an_encode_that_is_taken(name: str) -> None:
    columns = [Column(name, "real", "float4send")]
    stated = {name: {"as": "weights", "scale": 1}}
    with pytest.raises(InvalidArgument, match="no options") as caught:
        split_weights(stated, None, columns, [], None)
    assert split_weights(_shown(caught.value.hint), None, columns, [], None)[1] == columns[0]


def _shown(hint: str) -> Any:
    """Return what a hint gives as encode, read as a server reads the literal."""
    literal = re.search(r"encode := '((?:[^']|'')*)'", hint)
    assert literal is not None
    return json.loads(literal[1].replace("''", "'"))


def test_ids_are_no_longer_than_may_be_stated() -> None:
    values = _arrays(*([index] * (MAX_STATED_LENGTH * 2) for index in range(3)))
    feature = _fitted(IdsFitter(_IDS, {}, "why"), values)
    assert feature.shape == (MAX_STATED_LENGTH,)
    assert feature.why == "why, 3 training rows cut"
    assert parse_overrides({"i": {"as": "ids", **feature.options}}, [_IDS]).of("i")


@pytest.mark.parametrize(("kind", "option"), [("ids", "unknown"), ("number", "onehot")])
def test_an_option_from_0_is_an_integer(kind: str, option: str) -> None:
    column = _IDS if kind == "ids" else _NUMBER
    for value in (0, 1):
        assert parse_overrides({column.name: {"as": kind, option: value}}, [column])
    for wrong in (0.0, 1.0, False, True, -1, "0", None):
        with pytest.raises(InvalidArgument, match=f'option "{option}" in encode must be'):
            parse_overrides({column.name: {"as": kind, option: wrong}}, [column])


def test_arrays_that_differ_in_length_may_be_ids() -> None:
    for column, told in [(_IDS, True), (_ARRAY, False)]:
        with pytest.raises(DataError, match="differ in shape") as caught:
            _fitted(ArrayFitter(column, {}, ""), _arrays([1, 2], [3]))
        assert ('{"i": "ids"}' in str(caught.value.hint)) == told


def test_arrays_of_several_dimensions_are_no_sequences() -> None:
    with pytest.raises(DataError, match="several dimensions") as caught:
        _fitted(IdsFitter(_IDS, {}, ""), _arrays([1, 2]), np.ones((3, 2, 2)))
    assert caught.value.detail == "It has them in 3 rows."
    feature = _fitted(IdsFitter(_IDS, {}, ""), _arrays([1, 2]))
    with pytest.raises(DataError, match="several dimensions"):
        feature.encode(_arrays([[1, 2]]))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (_arrays([], []), "no id in any of 2 arrays"),
        (_arrays([1, 2], [1, 2]), "the same ids in all 2 training rows"),
        (_arrays([1, 2], [2, 1]), None),
        (_arrays([1, 2], None), None),
    ],
)
def test_ids_that_teach_nothing(values: list[Any], reason: str | None) -> None:
    fitter = IdsFitter(_IDS, {}, "")
    _fitted(fitter, values)
    assert fitter.useless() == reason
