"""Every search method passes the conformance suite, and so does one that is made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cerebro_db.search import (
    METHODS,
    Brought,
    Candidate,
    Decision,
    Ended,
    GoOn,
    Measured,
    Result,
    Search,
    Start,
    Stop,
    Terms,
    open_search,
)
from cerebro_db.testing.search_methods import *  # noqa: F403
from cerebro_db.testing.search_methods import MUTABLE, SPACE, Case
from cerebro_db.testing.simulated_search import IllegalDecision, SimulatedRun

_GRID = SPACE | {
    "learning_rate": [0.001, 0.01, 0.1],
    "dropout": {"uniform": [0.1, 0.5], "points": 2},
}

_QUARTER = {"percentile": 25, "startup": 2, "warmup": 2, "interval": 2}
_BOUND = {"threshold": 0.1, "warmup": 2}
_EARLY = {"early_stopping": {"patience": 2, "min_delta": 0.02}}


class Relay(Search):
    """Scripted: one trial after the other begins with the state of the one before, with less rate.

    Each trains one epoch, waits, and is stopped; the last one goes on to its end.
    """

    def begin(self) -> Sequence[Decision]:
        self._runner = 0
        self._numbers = 0
        self._left = self.terms.budget or 100
        params = {"learning_rate": 0.1 / (1 + self.terms.seed), "dropout": 0.1}
        return self._start(params, None, 0)

    def tell(self, result: Result) -> Sequence[Decision]:
        if isinstance(result, Brought):
            self._numbers += 1
        if getattr(result, "trial", None) != self._runner:
            return ()
        if isinstance(result, Ended):
            return ()
        assert isinstance(result, Measured)
        runner, epoch = self._runner, result.epoch
        if epoch == self.terms.epochs:
            return ()
        if not self._left:
            return [Stop(runner, "the budget is used up")]
        if epoch + 1 == self.terms.epochs:
            self._left -= 1
            return [GoOn(runner, epoch + 1, "the last round")]
        params = self._params | {"learning_rate": self._params["learning_rate"] * 0.9}
        return [Stop(runner, "it hands over"), *self._start(params, runner, epoch)]

    def _start(self, params: dict[str, Any], parent: int | None, done: int) -> list[Decision]:
        self._numbers += 1
        self._runner = self._numbers
        self._params = params
        self._left -= 1
        return [Start(Candidate(params, self.terms.epochs, done + 1, parent))]


def _case(name: str, search: dict[str, Any], **others: Any) -> Case:
    known = METHODS[search["method"]].ORDERS

    def opened(terms: Terms) -> Search:
        return open_search(search | {"order": terms.order}, terms)

    return Case(name, opened, known, **others)


CASES = [
    _case("grid", {"method": "grid"}, space=_GRID),
    _case("random", {"method": "random", "configs": 12}),
    _case("halving", {"method": "halving"}),
    _case("halving of 5", {"method": "halving", "configs": 5, "eta": 2}, epochs=8),
    _case("hyperband", {"method": "hyperband"}),
    _case("hyperband, no power", {"method": "hyperband", "eta": 2, "min_epochs": 2}, epochs=11),
    _case("hyperband by tpe", {"method": "hyperband", "sampler": "tpe"}, examples=2),
    _case("asha", {"method": "asha"}),
    _case("asha of 2", {"method": "asha", "configs": 7, "parallel": 2, "eta": 2}, epochs=8),
    _case("asha by tpe", {"method": "asha", "configs": 12, "sampler": "tpe"}, examples=2),
    _case("tpe", {"method": "tpe", "configs": 12}, examples=2),
    _case("tpe alone", {"method": "tpe", "configs": 6, "parallel": 1}, epochs=3, examples=2),
    _case("pbt", {"method": "pbt"}),
    _case("pbt of 5", {"method": "pbt", "configs": 5, "interval": 3, "quantile": 0.5}, epochs=8),
    _case("random, pruned", {"method": "random", "prune": "median"}, examples=2),
    _case("grid, pruned", {"method": "grid", "prune": _QUARTER}, space=_GRID, examples=2),
    _case("tpe, pruned", {"method": "tpe", "configs": 12, "prune": _QUARTER}, examples=2),
    _case("pbt, bounded", {"method": "pbt", "prune": _BOUND}, examples=2),
    _case("halving, stopped", {"method": "halving"} | _EARLY, examples=2),
    _case("hyperband, both", {"method": "hyperband", "prune": _BOUND} | _EARLY, examples=2),
    _case("asha, stopped", {"method": "asha"} | _EARLY, examples=2),
    _case("random, both", {"method": "random", "prune": _QUARTER} | _EARLY),
    _case("tpe, both", {"method": "tpe", "configs": 9, "prune": _QUARTER} | _EARLY, examples=2),
    Case("relay", lambda terms: Relay(terms, {})),
]


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_every_method_is_tried() -> None:
    assert {case.name.split()[0].strip(",") for case in CASES} >= METHODS.keys()


class _Scripted(Search):
    def __init__(self, terms: Terms, first: list[Decision], then: list[Decision]) -> None:
        super().__init__(terms, {})
        self._first, self._then = first, then

    def begin(self) -> Sequence[Decision]:
        return self._first

    def tell(self, result: Result) -> Sequence[Decision]:
        decisions, self._then = self._then, []
        return decisions


_ONE = {"learning_rate": 0.1, "hidden": [64]}
_START = Start(Candidate(_ONE, 9, 1))


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ([Start(Candidate(_ONE, 10, 1))], [], "in a run of 9"),
        ([Start(Candidate(_ONE, 9, 10))], [], "in a run of 9"),
        ([Start(Candidate(_ONE, 9, 0))], [], "in a run of 9"),
        ([Start(Candidate(_ONE, 9, 1.0))], [], "whole numbers"),  # type: ignore[arg-type]
        ([_START, GoOn(2, 3)], [], "no such trial"),
        ([_START], [GoOn(1, 1)], "until 1 already"),
        ([_START], [GoOn(1, 10)], "budget is 9"),
        ([_START], [Stop(1, "late"), GoOn(1, 3)], "stopped already"),
        ([_START], [Stop(1, "")], "no reason"),
        ([_START, Start(Candidate(_ONE, 9, 1, parent=1))], [], "no epoch behind it"),
        ([_START], [Start(Candidate(_ONE | {"hidden": [32]}, 9, 2, 1))], "state fixes hidden"),
        ([_START], [Start(Candidate(_ONE | {"learning_rate": 0}, 9, 2, 1))], "0 in one only"),
        ([_START], [Start(Candidate(_ONE, 9, 1, 1))], "from epoch 1 on"),
        ([_START] * 6, [], "budget of 5 epochs"),
    ],
)
def test_the_suite_finds_illegal_decisions(
    first: list[Decision], then: list[Decision], says: str
) -> None:
    terms = Case("scripted", lambda terms: Relay(terms, {})).terms("free", budget=5)
    with pytest.raises(IllegalDecision, match=says):
        SimulatedRun(_Scripted(terms, first, then), terms).drive()
    assert MUTABLE
