"""ASHA: who is promoted when, and what people read of it."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument
from cerebro_db.search import Ended, GoOn, Measured, Search, Space, Start, Stop, Terms, open_search
from cerebro_db.testing.simulated_search import SimulatedRun, at_random

_SPACE = Space.parse({"x": {"uniform": [0, 1]}})


def opened(search: dict[str, Any], epochs: int = 9, **others: Any) -> Search:
    return open_search({"method": "asha", **search}, Terms(_SPACE, 0, epochs, **others))


def test_strict_is_refused_and_names_what_is_strict() -> None:
    for method in ("asha", "pbt"):
        with pytest.raises(InvalidArgument) as error:
            open_search({"method": method, "order": "strict"}, Terms(_SPACE, 0, 9))
        assert "halving" in error.value.hint
        assert "hyperband" in error.value.hint
        assert "order in which results arrive" in error.value.detail


def test_the_best_third_goes_on_without_waiting_for_the_rung() -> None:
    search = opened({"configs": 9, "parallel": 3})
    assert len(search.begin()) == 3
    (start,) = search.tell(Measured(1, 1, 0.5))
    assert isinstance(start, Start)
    (start,) = search.tell(Measured(2, 1, 0.7))
    assert isinstance(start, Start)
    (promoted,) = search.tell(Measured(3, 1, 0.6))
    assert promoted == GoOn(2, 3, "rung 0: 1st of 3 so far, the best goes on", 1)
    # One in three has gone on already.
    (start,) = search.tell(Measured(4, 1, 0.4))
    assert isinstance(start, Start)
    # A better one comes late: it goes on although as many have as may.
    (promoted,) = search.tell(Measured(5, 1, 0.9))
    assert promoted == GoOn(5, 3, "rung 0: 1st of 5 so far, the best goes on", 1)
    assert not search.tell(Measured(2, 2, 0.8))
    # The highest rung is looked at first, and none may go on from there yet.
    (start,) = search.tell(Measured(2, 3, 0.8))
    assert isinstance(start, Start)


def test_as_many_train_at_once_as_are_stated() -> None:
    for parallel in (1, 2, 5):
        terms = Terms(_SPACE, 0, 9)
        search = open_search({"method": "asha", "configs": 30, "parallel": parallel}, terms)
        most = 0

        def pace(trials: Any) -> Any:
            nonlocal most
            most = max(most, len(trials))
            return at_random(len(trials))(trials)

        run = SimulatedRun(search, terms, pace).drive()
        assert most == parallel
        assert len(run.trials) == 30


def test_what_rests_while_it_waits_is_never_promoted() -> None:
    search = opened({"configs": 3, "parallel": 3}, epochs=3)
    search.begin()
    search.tell(Measured(1, 1, 0.5))
    search.tell(Measured(2, 1, 0.7))
    assert not search.tell(Ended(2, "rested"))
    assert search.tell(Measured(3, 1, 0.6)) == [
        Stop(1, "rung 0: 2nd of 2, one in 3 goes on"),
        Stop(3, "rung 0: 1st of 2, one in 3 goes on"),
    ]


@pytest.mark.parametrize("configs", [1, 2, 3, 6, 9, 26, 27, 40])
def test_however_few_they_are_one_comes_to_the_top(configs: int) -> None:
    terms = Terms(_SPACE, 0, 27)
    search = open_search({"method": "asha", "configs": configs}, terms)
    run = SimulatedRun(search, terms, at_random(1, 4)).drive()
    assert any(trial.done == 27 for trial in run.trials.values())
    assert len(run.trials) == configs


def test_what_waits_at_the_end_is_told_why_it_ends() -> None:
    search = opened({"configs": 3, "parallel": 3}, epochs=3, budget=4)
    search.begin()
    search.tell(Measured(1, 1, 0.5))
    search.tell(Measured(2, 1, 0.7))
    assert search.tell(Measured(3, 1, 0.6)) == [
        Stop(1, "rung 0: 3rd of 3, the best goes on"),
        Stop(2, "the budget of 4 epochs is used up"),
        Stop(3, "rung 0: 2nd of 3, the best goes on"),
    ]
