"""The sampler that learns, and the methods that draw with it."""

from __future__ import annotations

import logging
import math
import subprocess
import sys
from typing import Any

import pytest

from cerebro_db.search import Ended, Measured, Space, Start, Terms, open_search
from cerebro_db.search.samplers import RandomSampler, Sampler, TpeSampler
from cerebro_db.testing.simulated_search import SimulatedRun, abreast

_RATE = Space.parse({"rate": {"log": [0.0001, 1]}, "size": {"uniform": [0, 1]}})
_MIXED = Space.parse(
    {
        "hidden": [[64], [128, 64]],
        "optimizer": [
            "adam",
            {"value": "sgd", "with": {"momentum": {"log_near_one": [0.5, 0.99]}}},
        ],
        "batch_size": {"int": [16, 256], "log": True},
    }
)


def _loss(params: dict[str, Any]) -> float:
    return abs(math.log10(params["rate"]) + 2) + params["size"]


def _learned(sampler: Sampler, draws: int) -> list[float]:
    losses = []
    for trial in range(1, draws + 1):
        params = sampler.sample(trial)
        assert params is not None
        losses.append(_loss(params))
        sampler.learn(trial, 3, -losses[-1], through=True)
    return losses


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("seed", range(3))
def test_it_draws_where_trials_were_good(seed: int) -> None:
    learned = _learned(TpeSampler(_RATE, seed, lambda: None), 50)
    random = _learned(RandomSampler(_RATE, seed, lambda: None), 50)
    assert _mean(learned[25:]) < 0.6 * _mean(random)


def test_what_it_learned_of_lower_rungs_counts_too() -> None:
    sampler, far = TpeSampler(_RATE, 0, lambda: None), []
    for trial in range(1, 41):
        params = sampler.sample(trial)
        assert params is not None
        far.append(_loss(params))
        sampler.learn(trial, 1, -far[-1], through=False)
        if far[-1] < 1:
            sampler.learn(trial, 9, -far[-1], through=True)
    assert _mean(far[20:]) < _mean(far[:10])


def test_the_same_that_is_learned_draws_the_same() -> None:
    def drawn(seed: int) -> list[Any]:
        sampler, found = TpeSampler(_MIXED, seed, lambda: None), []
        for trial in range(1, 25):
            found.append(sampler.sample(trial))
            if trial % 3 == 0:
                sampler.fail(trial)
            elif trial % 3 == 1:
                sampler.learn(trial, 2, float(trial % 7), through=trial % 2 == 0)
        return found

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    keys = [_MIXED.key(params) for params in drawn(1)]
    assert len(set(keys)) == len(keys)


def test_a_finite_space_is_drawn_once() -> None:
    sampler = TpeSampler(Space.parse({"a": [1, 2, 3], "b": [1, 2]}), 0, lambda: None)
    drawn = [sampler.sample(trial) for trial in range(1, 9)]
    assert drawn[6:] == [None, None]
    assert len({str(params) for params in drawn[:6]}) == 6


def test_a_strict_search_learns_in_the_order_of_numbers() -> None:
    search = open_search({"method": "tpe", "parallel": 3}, Terms(_RATE, 0, 2))
    assert len(search.begin()) == 3
    for trial in (2, 3):
        for epoch in (1, 2):
            assert not search.tell(Measured(trial, epoch, 0.5))
    decisions = search.tell(Ended(1, "diverged"))
    assert [type(decision) for decision in decisions] == [Start] * 3
    assert [decision.why for decision in decisions] == [
        "drawn when 1 result was known",
        "drawn when 2 results were known",
        "drawn when 3 results were known",
    ]


def test_a_free_search_learns_as_trials_end() -> None:
    search = open_search({"method": "tpe", "order": "free", "parallel": 3}, Terms(_RATE, 0, 1))
    search.begin()
    assert len(search.tell(Measured(3, 1, 0.5))) == 1


@pytest.mark.parametrize(
    ("search", "workers", "parallel"),
    [
        ({}, 16, 4),
        ({"order": "free"}, 16, 16),
        ({"order": "free"}, 1, 4),
        ({"parallel": 2}, 16, 2),
        ({"configs": 3}, 16, 3),
    ],
)
def test_how_many_train_at_once_is_stated(
    search: dict[str, Any], workers: int, parallel: int
) -> None:
    found = open_search({"method": "tpe", **search}, Terms(_RATE, 0, 2, workers=workers))
    assert len(found.begin()) == parallel


def test_brackets_follow_one_another_where_the_sampler_learns() -> None:
    terms = Terms(_RATE, 0, 9)
    search = open_search({"method": "hyperband", "sampler": "tpe"}, terms)
    assert len(search.begin()) == 9
    run = SimulatedRun(
        open_search({"method": "hyperband", "sampler": "tpe"}, terms), terms, abreast
    )
    run.drive()
    assert [trial.bracket for trial in run.trials.values()] == [2] * 9 + [1] * 5 + [0] * 3
    # The second bracket begins when the lowest rung of the first is decided.
    starts = [len(decisions) for told, decisions in run.told if isinstance(told, Measured)]
    assert starts[8] == 9 + 5


def test_optuna_says_nothing_and_is_imported_where_it_is_needed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        _learned(TpeSampler(_RATE, 0, lambda: None), 12)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    program = (
        "import sys; from cerebro_db.search import *\n"
        "for method in ('grid', 'random', 'halving', 'hyperband', 'asha', 'pbt'):\n"
        "    space = Space.parse({'learning_rate': [0.1, 0.2]})\n"
        "    open_search({'method': method}, Terms(space, 0, 9)).begin()\n"
        "sys.exit('optuna' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
