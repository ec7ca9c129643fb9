"""Pruning and early stopping: when a trial ends, why, and what the method learns of it."""

from __future__ import annotations

from random import Random
from typing import Any

import optuna
import pytest

from cerebro_db.errors import InvalidArgument
from cerebro_db.search import (
    Decision,
    Ended,
    GoOn,
    Measured,
    Search,
    Space,
    Start,
    Stop,
    Terms,
    open_search,
)
from cerebro_db.search.rules.early_stopping import EarlyStopping
from cerebro_db.testing.simulated_search import SimulatedRun, Trial, abreast, at_random

_SPACE = Space.parse({"learning_rate": {"uniform": [0, 1]}})
_EARLY = {"patience": 2, "min_delta": 0.1}


def opened(search: dict[str, Any], epochs: int = 6, **others: Any) -> Search:
    return open_search(search, Terms(_SPACE, 0, epochs, **others))


def told(search: Search, trial: int, *values: float) -> list[Decision]:
    """Tell a trial's curve from its first epoch; return what follows from the last of it."""
    decisions: list[Decision] = []
    for epoch, value in enumerate(values, 1):
        decisions = list(search.tell(Measured(trial, epoch, value)))
    return decisions


def test_early_stopping_has_patience() -> None:
    search = opened({"method": "random", "configs": 1, "order": "free", "early_stopping": _EARLY})
    (start,) = search.begin()
    assert isinstance(start, Start)
    assert start.candidate.until == 6
    # Better by no more than 0.1 is not better.
    assert told(search, 1, 0.5, 0.55, 0.65, 0.7) == []
    why = "no better for 2 epochs than 0.65 in epoch 3"
    assert search.tell(Measured(1, 5, 0.75)) == [Stop(1, why)]
    # It was in the midst of a last one.
    assert search.tell(Measured(1, 6, 0.99)) == []


def test_patience_below_one_is_a_share_of_the_epochs() -> None:
    stated = {"early_stopping": {"patience": 0.33, "min_delta": 0.1}}
    search = opened({"method": "random", "configs": 1, "order": "free", **stated})
    search.begin()
    # Two of six.
    assert told(search, 1, 0.5, 0.55) == []
    assert search.tell(Measured(1, 3, 0.55)) == [
        Stop(1, "no better for 2 epochs than 0.5 in epoch 1")
    ]


def test_early_stopping_under_strict_waits_where_it_may_stop() -> None:
    search = opened({"method": "random", "configs": 1, "early_stopping": _EARLY})
    (start,) = search.begin()
    assert isinstance(start, Start)
    assert (start.candidate.until, start.candidate.epochs) == (3, 6)
    assert told(search, 1, 0.5, 0.7) == [GoOn(1, 4)]
    assert search.tell(Measured(1, 3, 0.7)) == []
    why = "no better for 2 epochs than 0.7 in epoch 2"
    assert search.tell(Measured(1, 4, 0.7)) == [Stop(1, why)]


def test_the_last_epoch_of_all_ends_a_trial_by_itself() -> None:
    search = opened({"method": "random", "configs": 1, "early_stopping": _EARLY}, epochs=3)
    search.begin()
    assert told(search, 1, 0.5, 0.5, 0.5) == []


def test_a_rung_is_decided_without_what_was_stopped() -> None:
    document = {"method": "halving", "configs": 3, "early_stopping": {"patience": 1}}
    search = opened(document | {"min_epochs": 2}, epochs=6)
    assert len(search.begin()) == 3
    told(search, 1, 0.9, 0.9)
    told(search, 2, 0.1, 0.2)
    assert told(search, 3, 0.2, 0.3) == [
        GoOn(3, 3, "rung 0: 1st of 2, the best goes on", 1),
        Stop(2, "rung 0: 2nd of 2, the best goes on"),
    ]


def test_a_cohort_is_judged_when_all_have_come_as_far() -> None:
    prune = {"percentile": 50, "startup": 2, "warmup": 2}
    search = opened({"method": "random", "configs": 4, "prune": prune})
    starts = [start.candidate for start in search.begin() if isinstance(start, Start)]
    assert [(start.until, start.epochs) for start in starts] == [(2, 6)] * 4
    told(search, 4, 0.4, 0.4)
    told(search, 1, 0.1, 0.1)
    assert told(search, 3, 0.3, 0.3) == []
    worse = "pruned after 2 epochs: its best, {}, is not among the best 50 % of 3 others"
    assert told(search, 2, 0.2, 0.2) == [
        Stop(1, worse.format(0.1)),
        Stop(2, worse.format(0.2)),
        GoOn(3, 3),
        GoOn(4, 3),
    ]
    # What was pruned is still what others are compared with.
    search.tell(Measured(3, 3, 0.3))
    assert search.tell(Measured(4, 3, 0.4)) == [GoOn(3, 4), GoOn(4, 4)]


def test_who_ends_is_not_waited_for() -> None:
    search = opened({"method": "random", "configs": 3, "prune": "median"})
    search.begin()
    told(search, 1, 0.1)
    told(search, 2, 0.2)
    assert search.tell(Ended(3, "failed")) == [GoOn(1, 2), GoOn(2, 2)]


def test_a_free_search_prunes_as_results_come() -> None:
    prune = {"percentile": 50, "startup": 2}
    search = opened({"method": "random", "configs": 3, "order": "free", "prune": prune})
    search.begin()
    assert told(search, 1, 0.5) == []
    assert told(search, 2, 0.7) == []
    (stop,) = told(search, 3, 0.4)
    assert isinstance(stop, Stop)


def test_a_strict_tpe_prunes_by_what_it_had_learned_of() -> None:
    prune = {"percentile": 50, "startup": 1}
    search = opened({"method": "tpe", "parallel": 1, "prune": prune}, epochs=2)
    search.begin()
    assert told(search, 1, 0.5) == [GoOn(1, 2)]
    (start,) = search.tell(Measured(1, 2, 0.6))
    assert isinstance(start, Start)
    stop, start = told(search, 2, 0.4)
    assert stop == Stop(
        2, "pruned after 1 epoch: its best, 0.4, is not among the best 50 % of 1 other"
    )
    assert isinstance(start, Start)
    assert start.why == "drawn when 2 results were known"


@pytest.mark.parametrize(("higher", "bound", "shown"), [(True, 0.5, "0.4"), (False, -0.5, "-0.4")])
def test_a_bound_is_the_metrics_own(higher: bool, bound: float, shown: str) -> None:
    search = opened({"method": "hyperband", "prune": {"threshold": bound}}, higher_is_better=higher)
    search.begin()
    stop, *_ = told(search, 1, 0.4)
    assert stop == Stop(1, f"pruned after 1 epoch: {shown} is worse than {bound:g}")


def test_it_prunes_what_optuna_would() -> None:
    """Optuna's own study, in which the others are complete, decides the same of each trial."""
    curves = [[Random(f"{trial} {epoch}").random() for epoch in range(6)] for trial in range(12)]
    for percentile in (10, 25, 50, 80):
        study = optuna.create_study(
            direction="maximize", pruner=optuna.pruners.PercentilePruner(percentile)
        )
        for curve in curves[:-1]:
            values = dict(enumerate(curve, 1))
            study.add_trial(optuna.trial.create_trial(value=1.0, intermediate_values=values))
        asked = study.ask()
        expected = None
        for epoch, value in enumerate(curves[-1][:-1], 1):
            asked.report(value, epoch)
            if asked.should_prune():
                expected = epoch
                break
        document = {"method": "random", "configs": 12, "prune": {"percentile": percentile}}
        search = opened(document | {"order": "free"})
        search.begin()
        # Those that others are judged by have come first, without being judged themselves.
        search._against = lambda trial: None  # type: ignore[attr-defined]
        for trial, curve in enumerate(curves[:-1], 1):
            told(search, trial, *curve)
        del search._against  # type: ignore[attr-defined]
        found = None
        for epoch, value in enumerate(curves[-1], 1):
            if search.tell(Measured(12, epoch, value)):
                found = epoch
                break
        assert found == expected


def test_pruning_saves_epochs_and_spares_the_best() -> None:
    terms = Terms(_SPACE, 3, 10)
    document = {"method": "random", "configs": 30, "prune": {"percentile": 25}}

    def curve(params: dict[str, Any], epoch: int) -> float:
        return float(params["learning_rate"]) * epoch

    run = SimulatedRun(open_search(document, terms), terms, at_random(0), curve=curve).drive()
    best = max(run.trials.values(), key=lambda trial: float(trial.params["learning_rate"]))
    assert best.status == "finished"
    assert run.epochs < 30 * 10 / 2
    assert len(list(run.of_status("finished"))) == 8


def test_a_rule_knows_where_a_trial_with_a_parent_begins() -> None:
    class Heir(Search):
        def begin(self) -> list[Decision]:
            return [Start(_candidate(2))]

        def tell(self, result: Any) -> list[Decision]:
            if result == Measured(1, 2, 0.2):
                return [Stop(1, "it hands over"), Start(_candidate(9, parent=1))]
            return []

    terms = Terms(_SPACE, 0, 9)
    run = SimulatedRun(EarlyStopping(Heir(terms, {}), _EARLY), terms, abreast, curve=_flat).drive()
    heir = run.trials[2]
    assert (heir.begun, heir.done) == (2, 5)
    assert heir.decisions[-1] == "no better for 2 epochs than 0.2 in epoch 3"


def _candidate(until: int, parent: int | None = None) -> Any:
    from cerebro_db.search import Candidate

    return Candidate({"learning_rate": 0.5}, 9, until, parent)


def _flat(params: dict[str, Any], epoch: int) -> float:
    return 0.2


def test_curves_of_rules_hold_on_in_whatever_order() -> None:
    document = {"method": "random", "configs": 9, "prune": "median", "early_stopping": _EARLY}
    terms = Terms(_SPACE, 0, 6)

    def ends(pace: Any) -> list[Any]:
        run = SimulatedRun(open_search(document, terms), terms, pace).drive()
        return [trial.outcome for trial in run.trials.values() if isinstance(trial, Trial)]

    assert all(ends(at_random(seed)) == ends(abreast) for seed in range(10))


@pytest.mark.parametrize(
    ("search", "says"),
    [
        ({"prune": "mean"}, '"median"'),
        ({"prune": {}}, '"median"'),
        ({"prune": {"percentile": 25, "threshold": 1}}, '"median"'),
        ({"prune": ["median"]}, '"median"'),
        ({"prune": {"percentile": 0}}, "above 0"),
        ({"prune": {"percentile": 101}}, "100 at most"),
        ({"prune": {"percentile": 25, "warmpu": 1}}, "no option"),
        ({"prune": {"percentile": 25, "warmup": 0}}, "positive integer"),
        ({"prune": {"threshold": "0.5"}}, "a number"),
        ({"early_stopping": True}, "patience"),
        ({"early_stopping": {}}, "patience"),
        ({"early_stopping": {"patience": 0}}, "positive integer"),
        ({"early_stopping": {"patience": 1.5}}, "share of the epochs"),
        ({"early_stopping": {"patience": -0.5}}, "share of the epochs"),
        ({"early_stopping": {"patience": 3, "min_delta": -1}}, "at least 0"),
        ({"early_stopping": {"patience": 3, "delta": 1}}, "no option"),
        ({"method": "hyperband", "prune": "median"}, "does not go with"),
        ({"method": "halving", "prune": {"percentile": 25}}, "does not go with"),
        ({"method": "asha", "prune": "median"}, "does not go with"),
        ({"method": "pbt", "prune": "median"}, "does not go with"),
    ],
)
def test_senseless_rules_are_refused(search: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        opened({"method": "random", **search})
    assert says in error.value.message
    assert error.value.detail
    assert error.value.hint
