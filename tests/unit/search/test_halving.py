"""Successive halving and Hyperband: the rungs, who goes on, and what people read of it."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.search import Ended, GoOn, Measured, Search, Space, Start, Stop, Terms, open_search
from cerebro_db.search.ladder import Ladder, cost
from cerebro_db.testing.simulated_search import SimulatedRun, at_random

_SPACE = Space.parse({"x": {"uniform": [0, 1]}})


def opened(search: dict[str, Any], epochs: int, **others: Any) -> Search:
    return open_search(search, Terms(_SPACE, 0, epochs, **others))


def shown(brackets: list[Any]) -> list[str]:
    return [" ".join(f"{rung.trials}@{rung.epochs}" for rung in bracket) for bracket in brackets]


def test_the_brackets_of_81_epochs() -> None:
    assert shown(Ladder(3, 1, 81).hyperband()) == [
        "81@1 27@3 9@9 3@27 1@81",
        "34@3 11@9 3@27 1@81",
        "15@9 5@27 1@81",
        "8@27 2@81",
        "5@81",
    ]


@pytest.mark.parametrize(
    ("eta", "least", "most", "brackets"),
    [
        (3, 1, 1, ["1@1"]),
        (3, 1, 2, ["1@2"]),
        (3, 1, 5, ["3@1 1@5", "2@5"]),
        (3, 1, 100, ["81@1 27@3 9@11 3@33 1@100", "34@3 11@11 3@33 1@100", "15@11 5@33 1@100",
                     "8@33 2@100", "5@100"]),
        (4, 2, 40, ["16@2 4@10 1@40", "6@10 1@40", "3@40"]),
        (3, 3, 27, ["9@3 3@9 1@27", "5@9 1@27", "3@27"]),
    ],
)  # fmt: skip
def test_the_brackets_of_other_budgets(
    eta: int, least: int, most: int, brackets: list[str]
) -> None:
    assert shown(Ladder(eta, least, most).hyperband()) == brackets


@pytest.mark.parametrize("eta", [2, 3, 5, 10])
def test_heights_are_exact(eta: int) -> None:
    for power in range(1, 40):
        assert Ladder(eta, 1, eta**power).height == power
        assert Ladder(eta, 1, eta**power - 1).height == power - 1
        assert Ladder(eta, 1, eta**power + 1).height == power + (eta == 1)


def test_halving_leaves_one_at_the_top() -> None:
    ladder = Ladder(3, 1, 81)
    assert shown([ladder.halving(count) for count in (1, 2, 3, 9, 20, 81, 100)]) == [
        "1@81",
        "2@81",
        "3@27 1@81",
        "9@9 3@27 1@81",
        "20@9 6@27 2@81",
        "81@1 27@3 9@9 3@27 1@81",
        "100@1 33@3 11@9 3@27 1@81",
    ]


@pytest.mark.parametrize("budget", [1, 5, 80, 81, 100, 300, 1_000, 1_900, 10_000])
def test_a_budget_has_fewer_trials_in_each_bracket(budget: int) -> None:
    ladder = Ladder.of({}, 81, budget)
    full, found = ladder.hyperband(), ladder.within(ladder.hyperband(), budget)
    assert sum(map(cost, found)) <= budget
    assert any(found)
    assert all(bracket[-1].epochs == min(81, budget) for bracket in found if bracket)
    assert (found == full) == (sum(map(cost, full)) <= budget)


def test_all_brackets_begin_at_once_and_say_where_they_stand() -> None:
    starts = opened({"method": "hyperband"}, 81).begin()
    assert len(starts) == 81 + 34 + 15 + 8 + 5
    assert all(isinstance(start, Start) for start in starts)
    brackets = [start.candidate.bracket for start in starts if isinstance(start, Start)]
    assert brackets == [4] * 81 + [3] * 34 + [2] * 15 + [1] * 8 + [0] * 5


def test_the_best_of_a_rung_go_on_from_where_they_are() -> None:
    search = opened({"method": "hyperband"}, 81)
    search.begin()
    for trial in range(1, 81):
        assert not search.tell(Measured(trial, 1, float(trial % 40)))
    decisions = search.tell(Measured(81, 1, 100.0))
    assert decisions[0] == GoOn(81, 3, "rung 0 of bracket 4: 1st of 81, the best 27 go on", 1)
    # Equal ones go by number.
    assert decisions[1] == GoOn(39, 3, "rung 0 of bracket 4: 2nd of 81, the best 27 go on", 1)
    assert decisions[2] == GoOn(79, 3, "rung 0 of bracket 4: 3rd of 81, the best 27 go on", 1)
    assert decisions[27] == Stop(26, "rung 0 of bracket 4: 28th of 81, the best 27 go on")
    assert len(decisions) == 81


def test_of_a_rung_that_shrinks_all_go_on_that_there_is_room_for() -> None:
    search = opened({"method": "halving", "configs": 9}, 9)
    search.begin()
    for trial in range(1, 8):
        assert not search.tell(Ended(trial, "diverged"))
    assert not search.tell(Measured(8, 1, 0.1))
    assert search.tell(Measured(9, 1, 0.2)) == [
        GoOn(9, 3, "rung 0: 1st of 2, all go on", 1),
        GoOn(8, 3, "rung 0: 2nd of 2, all go on", 1),
    ]
    assert not search.tell(Measured(9, 2, 0.2))
    assert not search.tell(Measured(9, 3, 0.2))
    # It waits, and a person has it rest: none is left but the one that diverges.
    assert not search.tell(Ended(9, "rested"))
    assert not search.tell(Ended(8, "diverged"))


def test_hyperband_trains_what_the_paper_says() -> None:
    terms = Terms(_SPACE, 0, 81)
    run = SimulatedRun(open_search({"method": "hyperband"}, terms), terms, at_random(0)).drive()
    assert run.epochs == sum(map(cost, Ladder(3, 1, 81).hyperband()))
    assert len(list(run.of_status("finished"))) == 1 + 1 + 1 + 2 + 5
    best = max(run.trials.values(), key=lambda trial: trial.curve[-1])
    assert best.done == 81


@pytest.mark.parametrize(
    ("search", "says"),
    [
        ({"eta": 1}, "at least 2"),
        ({"eta": 3.5}, "at least 2"),
        ({"eta": True}, "at least 2"),
        ({"min_epochs": 0}, "positive integer"),
        ({"min_epochs": 10}, "9 at most"),
        ({"sampler": "tpee"}, "must be one of"),
        ({"sampler": ["random"]}, "must be one of"),
    ],
)
def test_senseless_options_are_refused(search: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        opened({"method": "hyperband", **search}, 9)
    assert says in error.value.message
    assert error.value.detail
    assert error.value.hint


def test_too_many_configurations_are_refused() -> None:
    for search in ({"method": "hyperband"}, {"method": "halving", "configs": 10**9}):
        with pytest.raises(LimitExceeded) as error:
            opened(search, 10**9)
        assert "min_epochs" in error.value.hint
