"""Tree-structured Parzen estimators (Bergstra et al., NIPS 2011), as Optuna has them.

Multivariate, so that what goes together is seen together, and in groups, as names that a choice
opens are not in all candidates. What still trains counts as bad (constant liar), so that candidates
in parallel differ. Optuna is imported by the first sampler that is made.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from cerebro_db.search.samplers._base import Sampler
from cerebro_db.search.space import Space

# So often it may propose what it has proposed already, before candidates are drawn at random.
_STUBBORN = 10
# Draws in vain after which a finite space is taken to hold no further candidate.
_PATIENCE = 1_000
# Random candidates before the first estimate, where there is room for as many.
_STARTUP = 10


@dataclass
class _Known:
    """What is known of a trial: how Optuna writes it, and the last that was learned of it.

    ``asked`` is the trial of the present study that waits to be told; None: there is none.
    """

    asked: Any
    params: dict[str, Any]
    distributions: dict[str, Any]
    epoch: int = 0
    value: float | None = None
    through: bool = False
    failed: bool = False


class TpeSampler(Sampler):
    """Draws where trials were good.

    Trials that trained to their end are compared by their values, and are better than all others;
    of the others those that trained further are.

    Args:
        configs: how many are going to be drawn.
    """

    LEARNS: ClassVar[bool] = True

    def __init__(
        self, space: Space, seed: int, poll: Callable[[], None], configs: int | None = None
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        self._space = space
        self._poll = poll
        self._startup = _STARTUP if configs is None else min(_STARTUP, max(1, configs // 2))
        self._generator = Random(f"cerebro_db tpe {seed}")
        self._known: dict[int, _Known] = {}
        self._seen: set[str] = set()
        self._study: Any = None
        self._exhausted = False

    def sample(self, trial: int) -> dict[str, Any] | None:
        if self._exhausted:
            return None
        study = self._study = self._study or self._new_study()
        params = self._proposed(trial, _STUBBORN)
        if params is None:
            study.sampler = self._optuna.samplers.RandomSampler(self._seed())
            params = self._proposed(trial, _PATIENCE)
            self._study = None
        self._exhausted = params is None
        return params

    def learn(self, trial: int, epoch: int, value: float, through: bool) -> None:
        known = self._known[trial]
        known.epoch, known.value, known.through = epoch, value, through
        self._tell(known)

    def fail(self, trial: int) -> None:
        known = self._known[trial]
        known.failed = True
        self._tell(known)

    def _tell(self, known: _Known) -> None:
        if known.asked is None:
            # A study takes in nothing more of a trial that has ended: the next one is another.
            self._study = None
        elif self._study is not None:
            if known.value is not None:
                known.asked.report(known.value, known.epoch)
            value = known.value if known.through else None
            self._study.tell(known.asked, value, self._state(known))
        known.asked = None

    def _state(self, known: _Known) -> Any:
        states = self._optuna.trial.TrialState
        if known.through:
            return states.COMPLETE
        # Of one that failed and has no value, Optuna thinks worst of all.
        return states.RUNNING if known.value is None and not known.failed else states.PRUNED

    def _proposed(self, trial: int, attempts: int) -> dict[str, Any] | None:
        for _ in range(attempts):
            self._poll()
            asked = self._study.ask()
            params = self._space.suggest(asked)
            key = self._space.key(params)
            if key not in self._seen:
                self._seen.add(key)
                self._known[trial] = _Known(asked, asked.params, asked.distributions)
                return params
            self._study.tell(asked, state=self._optuna.trial.TrialState.FAIL)
        return None

    def _new_study(self) -> Any:
        optuna = self._optuna
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=self._startup,
                multivariate=True,
                group=True,
                constant_liar=True,
                seed=self._seed(),
            )
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for known in self._known.values():
            known.asked = None
            study.add_trial(self._frozen(known))
        return study

    def _frozen(self, known: _Known) -> Any:
        return self._optuna.trial.create_trial(
            state=self._state(known),
            value=known.value,
            params=known.params,
            distributions=known.distributions,
            intermediate_values={} if known.value is None else {known.epoch: known.value},
        )

    def _seed(self) -> int:
        return self._generator.randrange(2**32)
