"""How many rows of each class are held out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.dataset.labels.shares import held_out


def test_the_same_share_of_each_class() -> None:
    assert held_out({"no": 800, "yes": 200}, 0.2) == {"no": 160, "yes": 40}
    assert held_out({"no": 990, "yes": 10}, 0.2) == {"no": 198, "yes": 2}


def test_the_few_are_on_both_sides() -> None:
    assert held_out({"no": 1000, "yes": 2}, 0.2) == {"no": 200, "yes": 1}
    assert held_out({"no": 1000, "yes": 1}, 0.2) == {"no": 200, "yes": 0}
    assert held_out({"no": 3, "yes": 3}, 0.99) == {"no": 2, "yes": 2}


def test_remainders_are_shared_out_by_size_and_then_by_name() -> None:
    # 1.6, 1.6 and 0.8 of 4.
    assert held_out({"b": 8, "a": 8, "c": 4}, 0.2) == {"a": 2, "b": 1, "c": 1}


@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 500), min_size=2, max_size=30),
    st.floats(0.001, 0.999),
)
def test_no_class_is_far_from_its_share(rows: dict[str, int], fraction: float) -> None:
    held = held_out(rows, fraction)
    assert held.keys() == rows.keys()
    for label, count in rows.items():
        assert 0 <= held[label] < count
        assert count == 1 or held[label] > 0
        assert abs(held[label] - fraction * count) <= 1
    if all(1 <= fraction * count <= count - 1 for count in rows.values()):
        assert sum(held.values()) == round(fraction * sum(rows.values()))
    assert held == held_out(dict(reversed(rows.items())), fraction)
