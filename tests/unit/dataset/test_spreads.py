"""How continuous columns spread: samples, the edges of bins, and robust scaling."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.dataset.columns import Column
from cerebro_db.dataset.encoding import Encoding
from cerebro_db.dataset.features import Feature, from_json
from cerebro_db.dataset.features._sample import Sample
from cerebro_db.dataset.features._spread import (
    counted_spread,
    default_bins,
    robust_factor,
    spread,
)
from cerebro_db.dataset.features.arrays import Vector, VectorFitter
from cerebro_db.dataset.features.categories import OneHot
from cerebro_db.dataset.features.dates import DateTimeFitter
from cerebro_db.dataset.features.numbers import Number, NumberFitter
from cerebro_db.dataset.fitting import learning
from cerebro_db.model.signature import Output

_DOUBLE = Column("x", "double precision", "float8send")
_OUTPUT = Output("binary", ("y",), 1, ("no", "yes"), (3, 4))


@given(st.lists(st.integers(0, 90_000), max_size=4), st.integers(1, 90_000))
def test_a_sample_does_not_depend_on_the_batches(cuts: list[int], rows: int) -> None:
    values = np.random.default_rng(0).permutation(rows).astype(float)
    sample = Sample()
    for batch in np.split(values, sorted(cuts)):
        sample.update(batch)
    whole = Sample()
    whole.update(values)
    np.testing.assert_array_equal(sample.sorted, whole.sorted)
    assert len(whole.sorted) == rows if rows <= 16_384 else 8_192 <= len(whole.sorted) <= 16_384


@pytest.mark.parametrize("batch", [700, 4_096, 50_000])
def test_samples_are_merged_to_the_same_quantiles(batch: int) -> None:
    values = np.random.default_rng(1).exponential(size=300_000)
    sample = Sample()
    for start in range(0, len(values), batch):
        own = Sample()
        own.update(values[start : start + batch])
        partial = json.loads(json.dumps(own.partial()))
        assert len(partial["values"]["numbers"]) < 11_000
        sample.merge(partial)
    shares = np.linspace(0.05, 0.95, 19)
    ranks = [(values <= edge).mean() for edge in np.quantile(sample.sorted, shares)]
    np.testing.assert_allclose(ranks, shares, atol=0.015)


def test_elements_of_vectors_are_samples_of_their_own() -> None:
    values = np.random.default_rng(2).normal([0.0, 100.0], size=(20_000, 2))
    sample, own = Sample(), Sample()
    own.update(values)
    sample.merge(own.partial())
    np.testing.assert_allclose(np.median(sample.sorted, axis=0), [0.0, 100.0], atol=0.05)
    wide = Sample()
    wide.update(np.zeros((5_000, 4_000)))
    assert wide.sorted.shape[0] <= 262


def _number(values: np.ndarray, bins: int = 32) -> Number:
    fitter = NumberFitter(_DOUBLE, {"bins": bins}, "")
    fitter.update(values)
    return fitter.finish()


def test_edges_are_quantiles_from_the_least_to_the_largest() -> None:
    values = np.random.default_rng(3).permutation(np.arange(1.0, 1_001.0))
    feature = _number(values, bins=4)
    assert feature.edges is not None
    edges = np.array(feature.edges) * feature.scale + feature.mean
    np.testing.assert_allclose(edges, [1, 250, 500, 750, 1_000], atol=1e-3)
    median, factor = feature.robust
    assert median * feature.scale + feature.mean == pytest.approx(500)
    assert factor == pytest.approx(feature.scale / 500)


def test_edges_rise_and_are_values_where_there_are_few() -> None:
    feature = _number(np.repeat([0.0, 3.0, 7.0], [90, 8, 2]))
    assert feature.edges is not None
    edges = np.array(feature.edges) * feature.scale + feature.mean
    np.testing.assert_allclose(edges, [0, 3, 7], atol=1e-5)
    # The quartiles are equal: the range is scaled to 2.
    assert feature.robust[1] == pytest.approx(2 / (7 / feature.scale))


def test_a_constant_has_neither_edges_nor_a_factor() -> None:
    feature = _number(np.array([5.0, np.nan, 5.0]))
    assert (feature.edges, feature.robust) == ((), (0.0, 0.0))


def test_each_column_of_numeric_has_a_spread() -> None:
    number = _number(np.array([1.0, 2.0, np.nan]))
    dates = DateTimeFitter(Column("d", "date", "date_send"), {"bins": 2}, "")
    dates.update(np.arange(0.0, 40.0) * 86_400)
    vectors = VectorFitter(Column("v", "real[]", "array_send", "float4send"), {}, "")
    rows = [np.array([1.0, 5.0]), np.array([2.0, 5.0]), None]
    learning.learn([vectors], {"v": rows}, training=True)
    flag = NumberFitter(Column("b", "boolean", "boolsend"), {}, "")
    flag.update(np.array([0.0, 1.0]))
    plan = OneHot("plan", "text", "", False, ("a", "b"))
    features = (number, plan, dates.finish(), vectors.finish(), flag.finish())
    encoding = Encoding(features, (), _OUTPUT)
    (item,) = encoding.signature.inputs
    assert len(item.edges) == len(item.robust) == item.shape[0]
    has = [len(edges) for edges in item.edges]
    # The number and its indicator, two plans, cycles and trend, two elements and an indicator, flag
    assert has == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0]
    again = Encoding.from_json(json.loads(json.dumps(encoding.to_json())))
    assert again.signature == encoding.signature


def test_what_earlier_releases_stored_has_no_edges() -> None:
    number = {"class": "Number", "column": "x", "type": "real", "why": "", "missing": False}
    stored = from_json(number | {"mean": 1.0, "scale": 2.0, "boolean": False})
    plan = OneHot("plan", "text", "", False, ("a", "b"))
    (item,) = Encoding((stored, plan), (), _OUTPUT).signature.inputs
    assert (item.edges, item.robust) == ((), ())


def test_a_signature_stays_small() -> None:
    for columns in (1, 200, 1_600):
        assert columns * default_bins(columns) <= 8_192
    fitter = VectorFitter(Column("v", "real[]", "array_send", "float4send"), {}, "")
    rows = np.random.default_rng(4).normal(size=(300, 1_500))
    learning.learn([fitter], {"v": rows}, training=True)
    found = fitter.finish()
    assert isinstance(found, Vector)
    assert found.edges is not None
    assert sum(map(len, found.edges)) < 10_000


def test_edges_are_short_in_json() -> None:
    found = spread(np.sort(np.random.default_rng(5).normal(size=999)), 32)
    assert len(json.dumps(found.edges)) < 33 * 13


@pytest.mark.parametrize("rows", [1, 24, 26, 49, 51, 74, 76, 99, 100])
def test_a_counted_column_spreads_as_its_rows_do(rows: int) -> None:
    column = np.repeat([0.0, 1.0], [100 - rows, rows])
    assert counted_spread(rows / 100).robust == (np.median(column), robust_factor(column))


def _spreads(feature: Feature) -> list[tuple[float, float]]:
    (item,) = Encoding((feature,), (), _OUTPUT).signature.inputs
    return list(item.robust)


def test_columns_of_values_booleans_and_nulls_have_the_spread_of_their_rows() -> None:
    """RealMLP scales them by it: published is 1 / (q75 - q25), 2 / (max - min) where that is 0."""
    values = np.repeat([1.0, 2.0, 3.0, np.nan], [10, 35, 54, 1])
    options = {"onehot": 32, "min_rows": 5}
    fitter = NumberFitter(Column("hour", "integer", "int4send"), options, "")
    fitter.update(values)
    _, *apart, null = _spreads(fitter.finish())
    # 10 of 100 rows; 35; 54, so that the median is 1; 1.
    assert (apart, null) == ([(0.0, 2.0), (0.0, 1.0), (1.0, 1.0)], (0.0, 2.0))
    flag = NumberFitter(Column("b", "boolean", "boolsend"), {}, "")
    flag.update(np.repeat([0.0, 1.0, np.nan], [24, 48, 28]))
    assert _spreads(flag.finish()) == [(0.0, 1.0), (0.0, 1.0)]
    often = NumberFitter(Column("b", "boolean", "boolsend"), {}, "")
    often.update(np.repeat([0.0, 1.0], [20, 80]))
    assert _spreads(often.finish()) == [(1.0, 2.0)]


def test_segments_count_together() -> None:
    column = Column("hour", "integer", "int4send")
    whole, other = (NumberFitter(column, {"onehot": 32, "min_rows": 1}, "") for _ in range(2))
    whole.update(np.repeat([1.0, 2.0, np.nan], [30, 5, 5]))
    other.update(np.repeat([1.0, 3.0], [10, 50]))
    whole.merge(json.loads(json.dumps(other.partial())))
    feature = whole.finish()
    assert (feature.shares, feature.null_share) == ((0.4, 0.05, 0.5), 0.05)
    assert from_json(json.loads(json.dumps(feature.to_json()))) == feature


def test_the_points_of_a_cycle_spread_as_an_even_one() -> None:
    dates = DateTimeFitter(Column("d", "date", "date_send"), {"bins": 2}, "")
    dates.update(np.arange(0.0, 2 * 365.0) * 86_400)
    feature = dates.finish()
    encoded = feature.encode(np.arange(0.0, 7 * 100) * 86_400)
    first, _, third = np.quantile(encoded[:, 2], [0.25, 0.5, 0.75])
    assert feature.used[1] == "weekday"
    assert _spreads(feature)[2][1] == pytest.approx(1 / (third - first), rel=0.15)
