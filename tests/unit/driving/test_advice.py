"""What a colleague would say of a run: what its results show, where something can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cerebro_db.driving.advice import Course, Point, advice, at_the_edge
from cerebro_db.driving.results import Result
from cerebro_db.search import Space

Losses = Sequence[tuple[float, float, float]]


def course(
    *epochs: tuple[float, float, float], whole: bool = True, annealed: bool = False
) -> Course:
    """Return a course of (metric, training loss, validation loss) an epoch."""
    points = [
        Point(Result(epoch, value, validation), training, validation)
        for epoch, (value, training, validation) in enumerate(epochs, 1)
    ]
    return Course(3, {}, points, whole, annealed)


def said(course: Course) -> list[str]:
    return list(advice(Space.parse({}), [], course, any_may))


def any_may(params: Mapping[str, Any]) -> bool:
    return True


IMPROVING = ((0.6, 0.9, 0.9), (0.7, 0.8, 0.8), (0.8, 0.7, 0.7), (0.85, 0.6, 0.65))
WAVERING = ((0.6, 0.9, 0.9), (0.7, 0.8, 0.8), (0.66, 0.7, 0.7), (0.71, 0.6, 0.6))
SETTLED = ((0.6, 0.9, 0.9), (0.8, 0.8, 0.8), (0.85, 0.7, 0.7), (0.852, 0.6, 0.69))
WORSENING = ((0.9, 0.5, 0.5), (0.89, 0.4, 0.5), (0.88, 0.3, 0.5))
BY_HEART = ((0.7, 0.6, 0.6), (0.8, 0.4, 0.5), (0.79, 0.3, 0.55), (0.8, 0.1, 0.7))


def test_a_course_that_still_improves() -> None:
    (line,) = said(course(*IMPROVING))
    assert line == (
        "config 3, the best, was still improving at the last epoch: more epochs may do better"
    )


@pytest.mark.parametrize(
    "quiet",
    [
        course(*IMPROVING, whole=False),
        course(*WAVERING),
        course(*SETTLED),
        # Where the learning rate ends small, the last epochs gain in any case.
        course((0.6, 1, 1), (0.8, 1, 1), (0.88, 1, 1), (0.89, 1, 1), annealed=True),
        # Two epochs show nothing.
        course(*IMPROVING[:2]),
        course(*WORSENING[:2]),
        # What is perfect at once cannot get better.
        course((1.0, 0.1, 0.1), (1.0, 0.05, 0.05), (1.0, 0.04, 0.04)),
        course((0.9, 0.5, 0.5), (0.9, 0.4, 0.4), (0.8999, 0.3, 0.3)),
    ],
)
def test_what_shows_nothing(quiet: Course) -> None:
    assert said(quiet) == []


def test_a_schedule_that_ends_too_early() -> None:
    assert len(said(course(*IMPROVING, annealed=True))) == 1


def test_a_best_epoch_that_was_the_first() -> None:
    (line,) = said(course(*WORSENING))
    assert line.startswith("config 3, the best, was best after epoch 1 of 3: a lower learning_rate")


def test_a_validation_loss_that_rises() -> None:
    (line,) = said(course(*BY_HEART))
    assert line.startswith("the validation loss of config 3, the best, rises after epoch 2 while")


def test_losses_that_rise_together_are_no_overfitting() -> None:
    assert said(course((0.7, 0.6, 0.6), (0.8, 0.4, 0.5), (0.79, 0.5, 0.55), (0.8, 0.6, 0.7))) == []


RATES = [{"learning_rate": rate, "dropout": 0.0} for rate in (0.001, 0.003, 0.01)]


@pytest.mark.parametrize(
    ("space", "tried", "best", "line"),
    [
        (
            {"learning_rate": [0.001, 0.003, 0.01]},
            RATES,
            RATES[2],
            "the best learning_rate is at the edge of the space: 0.01",
        ),
        (
            {"learning_rate": {"log": [0.0009, 0.1]}},
            RATES,
            RATES[0],
            "the best learning_rate is at the edge of the space: 0.001",
        ),
        ({"learning_rate": [0.001, 0.003, 0.01]}, RATES, RATES[1], None),
        # One that was tried alone says nothing about those beyond it.
        ({"learning_rate": [0.001, 0.003, 0.01]}, RATES[1:], RATES[2], None),
        # A range of which only the middle was tried.
        ({"learning_rate": {"log": [0.0001, 0.1]}}, RATES, RATES[2], None),
        ({"epochs": [5, 10, 20]}, [{"epochs": n} for n in (5, 10, 20)], {"epochs": 20}, None),
        (
            {"learning_rate": [0.1, 0.2, 0.3], "batch_size": {"int": [32, 96, 32]}},
            [{"learning_rate": n / 10, "batch_size": 32 * n} for n in (1, 2, 3)],
            {"learning_rate": 0.3, "batch_size": 96},
            "the best batch_size (96) and learning_rate (0.3) are at the edge of the space",
        ),
    ],
)
def test_the_edge_of_the_space(space: Any, tried: Any, best: Any, line: str | None) -> None:
    assert at_the_edge(Space.parse(space), tried, best, any_may) == line


def test_an_edge_that_nothing_lies_beyond() -> None:
    space = Space.parse({"learning_rate": [0.001, 0.003, 0.01]})
    asked: list[Mapping[str, Any]] = []

    def none_may(params: Mapping[str, Any]) -> bool:
        asked.append(params)
        return False

    assert at_the_edge(space, RATES, RATES[2], none_may) is None
    assert asked == [{"learning_rate": 0.015, "dropout": 0.0}]
