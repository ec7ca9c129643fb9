"""Schedules: their courses, and that training takes them step by step."""

from itertools import pairwise
from typing import Any

import pytest
from small_datasets import BINARY, NUMERIC, make_chunks, run_unit, sizes, spec_of

from cerebro_db.model.rates import scheduled
from cerebro_db.model.schedules import SHAPES
from cerebro_db.tensors import unpack
from cerebro_db.training import Progress, UnitKey

BASE: dict[str, Any] = {"family": "mlp", "hidden": [8], "batch_size": 16, "learning_rate": 0.5}
# At these shares of the budget.
PLACES = (0.0, 0.25, 0.5, 0.75, 1 - 1e-9)
COURSES = {
    "cosine": (1.0, 0.853553, 0.5, 0.146447, 0.0),
    "flat_cos": (1.0, 1.0, 1.0, 0.5, 0.0),
    "one_cycle": (0.04, 1.0, 0.75, 0.25, 0.0),
    "exponential": (1.0, 0.316228, 0.1, 0.0316228, 0.01),
    "coslog4": (0.0, 0.493489, 0.0736189, 0.875658, 0.0),
    "step": (1.0, 1.0, 0.1, 0.01, 0.01),
}


@pytest.mark.parametrize("name", SHAPES)
def test_schedules_take_their_course(name: str) -> None:
    found = [SHAPES[name](place) for place in PLACES]
    assert found == pytest.approx(COURSES[name], abs=1e-6)
    assert all(0.0 <= SHAPES[name](i / 1000) <= 1.0 for i in range(1000))


def test_a_warmup_rises_from_nothing_to_the_schedule() -> None:
    spec = spec_of({**BASE, "schedule": "cosine", "warmup": 0.1}, [NUMERIC], BINARY)
    course = scheduled(spec)["learning_rate"]
    assert [course(place) for place in (0.0, 0.05, 0.1)] == pytest.approx([0.0, 0.5, 1.0])
    assert course(0.55) == pytest.approx(0.5)
    assert all(later < earlier for earlier, later in pairwise(map(course, PLACES[1:])))


def test_each_step_takes_the_rates_of_its_progress() -> None:
    """Training by a schedule of stairs is training at one rate after the other."""
    stairs = {
        "optimizer": "adamw",
        "dropout": 0.5,
        "weight_decay": 0.1,
        "schedule": "step",
        "dropout_schedule": "step",
        "weight_decay_schedule": "step",
    }
    spec = spec_of({**BASE, **stairs}, [NUMERIC], BINARY)
    # Steps 0 and 1 of 4 make the first half of an epoch of 3 units, in chunks of 2, 1 and 1 steps.
    partitions = [make_chunks(spec.signature, [rows]) for rows in (20, 16, 7)]
    whole = sizes([chunk for chunks in partitions for chunk in chunks])
    whole_state = by_hand = None
    passed: list[Any] = []
    for partition, (chunks, factor) in enumerate(zip(partitions, (1.0, 0.1, 0.01), strict=True)):
        key = UnitKey(1, 2, 1, partition)
        progress = Progress(1, whole, sizes(passed))
        whole_state = run_unit(spec, key, whole_state, chunks, progress=progress).state
        plain = {
            **BASE,
            **{name: value for name, value in stairs.items() if "schedule" not in name},
            "learning_rate": 0.5 * factor,
            "dropout": 0.5 * factor,
            "weight_decay": 0.1 * factor,
        }
        by_hand = run_unit(spec_of(plain, [NUMERIC], BINARY), key, by_hand, chunks).state
        passed += chunks
    assert whole_state is not None
    assert by_hand is not None
    found, expected = unpack(whole_state), unpack(by_hand)
    assert {name: array.tobytes() for name, array in found.items()} == {
        name: array.tobytes() for name, array in expected.items()
    }


def test_progress_counts_steps_of_chunks() -> None:
    progress = Progress(5, whole=((7, 1), (64, 3)), passed=((64, 1),))
    assert progress.steps(epoch=1, batch_size=16) == (4, 5 * 13)
    assert progress.steps(epoch=3, batch_size=30) == (2 * 10 + 3, 5 * 10)


def test_whoever_has_a_schedule_has_to_know_how_far_it_is() -> None:
    from cerebro_db import training

    spec = spec_of({**BASE, "schedule": "cosine"}, [NUMERIC], BINARY)
    with pytest.raises(ValueError, match="progress"):
        training.begin(spec, UnitKey(0, 0, 1, 0), None, poll=lambda: None)
