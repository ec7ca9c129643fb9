"""Population based training: who exploits whom, and with which values."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from cerebro_db.errors import InvalidArgument
from cerebro_db.search import Ended, GoOn, Measured, Search, Space, Start, Stop, Terms, open_search
from cerebro_db.search.explore import explored, open_names
from cerebro_db.testing.simulated_search import SimulatedRun, abreast

_SPACE = {"learning_rate": {"log": [0.001, 0.1]}, "hidden": [[8], [16]]}


def opened(search: dict[str, Any], space: Any = _SPACE, **others: Any) -> Search:
    terms = Terms(Space.parse(space), 0, 10, **others)
    return open_search({"method": "pbt", "configs": 4, **search}, terms)


def test_the_worst_exploits_the_best() -> None:
    search = opened({})
    first = [start.candidate for start in search.begin() if isinstance(start, Start)]
    assert [(candidate.epochs, candidate.until) for candidate in first] == [(10, 1)] * 4
    assert search.tell(Measured(1, 1, 0.9)) == [GoOn(1, 2, "0.9 is 1st of 1")]
    stop, start = search.tell(Measured(2, 1, 0.8))
    assert stop == Stop(2, "exploits configuration 1: 0.9 there is 1st, 0.8 here 2nd of 2")
    assert isinstance(start, Start)
    assert start.why.startswith("goes on from configuration 1 after 1 epoch")
    found = start.candidate
    assert (found.parent, found.epochs, found.until) == (1, 10, 2)
    assert found.params["hidden"] == first[0].params["hidden"]
    # What was stopped may be in the midst of an epoch, and says nothing any more.
    assert not search.tell(Measured(2, 2, 1.0))


def test_one_that_diverges_is_replaced_by_what_has_come_further() -> None:
    search = opened({})
    search.begin()
    assert not search.tell(Ended(4, "diverged"))
    search.tell(Measured(1, 1, 0.9))
    search.tell(Measured(2, 1, 0.9))
    (start,) = search.tell(Ended(3, "diverged"))
    assert isinstance(start, Start)
    assert start.candidate.parent == 1
    assert not search.tell(Ended(2, "rested"))


def test_no_state_is_gone_on_from_that_is_an_interval_behind() -> None:
    search = opened({"configs": 2, "interval": 2})
    search.begin()
    search.tell(Measured(1, 1, 0.9))
    for epoch in (1, 2):
        decisions = search.tell(Measured(2, epoch, 0.1))
    assert isinstance(decisions[0], Stop)
    search = opened({"configs": 2, "interval": 2})
    search.begin()
    search.tell(Measured(1, 1, 0.9))
    for epoch in (1, 2):
        decisions = search.tell(Measured(2, epoch, 1.0))
    for epoch in (3, 4):
        decisions = search.tell(Measured(2, epoch, 0.1))
    assert decisions == [GoOn(2, 6, "0.1 is 2nd of 2")]


def test_a_lower_metric_is_shown_as_people_read_it() -> None:
    search = opened({}, higher_is_better=False)
    search.begin()
    assert search.tell(Measured(1, 1, -0.25)) == [GoOn(1, 2, "0.25 is 1st of 1")]


def test_a_population_learns() -> None:
    """Where the rate decides how fast a trial gets better, and each wants another one in time."""
    terms = Terms(Space.parse(_SPACE), 0, 30)

    def curve(params: dict[str, Any], epoch: int) -> float:
        return -abs(params["learning_rate"] - 0.1 * 0.9**epoch)

    search = open_search({"method": "pbt", "configs": 8, "interval": 2}, terms)
    run = SimulatedRun(search, terms, abreast, curve=curve).drive()
    ends = [trial.curve[-1] for trial in run.of_status("finished")]
    assert len(ends) == 8
    assert len(run.trials) > 20
    assert max(ends) > -0.003


def test_values_are_explored_within_the_space() -> None:
    space = Space.parse(
        {
            "learning_rate": {"log": [0.001, 0.1]},
            "momentum": {"log_near_one": [0.5, 0.99]},
            "dropout": [0.0, 0.1, 0.3, 0.5],
            "l2": {"uniform": [0, 1], "step": 0.25},
            "batch_size": {"int": [16, 64, 16]},
            "hidden": [[8], [16]],
            "weight_decay": 0.1,
        }
    )
    names = open_names(space, Terms(space, 0, 1).mutable)
    assert names == {"learning_rate", "momentum", "dropout", "l2", "batch_size"}
    generator = Random(0)
    seen: dict[str, set[Any]] = {name: set() for name in names}
    for _ in range(400):
        old = space.draw(generator)
        new = explored(old, space, names, generator)
        assert new["hidden"] == old["hidden"]
        assert new["weight_decay"] == 0.1
        for name in names:
            assert bool(new[name]) == bool(old[name])
            seen[name].add(new[name])
    assert all(0.001 <= rate <= 0.1 for rate in seen["learning_rate"])
    assert all(0.5 <= rate <= 0.99 for rate in seen["momentum"])
    assert seen["dropout"] == {0.0, 0.1, 0.3, 0.5}
    assert seen["l2"] == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert seen["batch_size"] == {16, 32, 48, 64}


_OPENS = {"learning_rate": [0.1, {"value": 0.01, "with": {"hidden": [[8], [16]]}}]}


@pytest.mark.parametrize(
    "space", [_OPENS, {"hidden": [[8], [16]]}, {"learning_rate": [0.1], "l2": 0.1}]
)
def test_a_space_with_nothing_to_explore_is_refused(space: Any) -> None:
    with pytest.raises(InvalidArgument, match="nothing that a population") as error:
        opened({}, space)
    assert "hyperband" in error.value.hint


@pytest.mark.parametrize(
    "search", [{"configs": 1}, {"interval": 0}, {"quantile": 0.6}, {"quantile": "0.2"}]
)
def test_senseless_options_are_refused(search: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="must be") as error:
        opened(search)
    assert next(iter(search)) in error.value.hint
