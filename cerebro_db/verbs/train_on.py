"""cerebro_resume with a number of epochs: what is through trains on, to another total.

A configuration goes on from its last state, where that is kept, and so ends as if it had been asked
for so many epochs at once; only what has a schedule depends on how many there are to be, and goes
on by the new total. One whose last state is not kept goes on from an earlier one that is, or begins
anew: without schedules to the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cerebro_db.context import Context
from cerebro_db.driving.herald import configurations
from cerebro_db.driving.judge import TIME_IS_UP
from cerebro_db.driving.life import OPEN
from cerebro_db.driving.place import place_of
from cerebro_db.driving.resolve import search_of
from cerebro_db.errors import InvalidArgument
from cerebro_db.folds import Folds
from cerebro_db.search import AllAtOnce
from cerebro_db.session.client import ClientSession
from cerebro_db.store import configs, datasets, decisions, runs
from cerebro_db.store.configs import Config
from cerebro_db.units import Network
from cerebro_db.verbs.control import config_of
from cerebro_db.verbs.create import MAX_EPOCHS
from cerebro_db.words import counted


@dataclass(frozen=True)
class _Candidate:
    """A configuration that may train on, and after how many units the states are that its networks
    have."""

    config: Config
    last: Mapping[Network, int]
    folds: Folds

    @property
    def at_hand(self) -> bool:
        """Whether its last states are there, or it has none yet."""
        return self.last == self.config.done(self.folds)

    @property
    def lost_its_start(self) -> bool:
        """Whether even a state is gone that it took over from its parent."""
        start = self.config.start_units or 0
        return any(last < self.folds.share(start, own.fold) for own, last in self.last.items())


def train_on(
    context: Context, control: ClientSession, run: runs.Run, config: int | None, epochs: int
) -> None:
    """Have configurations of a run that nobody drives wait to train, to so many epochs in all.

    Args:
        config: which; None: all that can and have less epochs.

    Raises:
        UndefinedName: there is no such configuration.
        InvalidArgument: it cannot train on, or none can; or so many are trained already.
    """
    if not 0 < epochs <= MAX_EPOCHS:
        raise InvalidArgument(
            f"epochs cannot be {epochs:,}",
            detail=f"It must be from 1 to {MAX_EPOCHS:,}: all epochs, those that are trained too.",
            hint="State how many epochs there are to be in the end.",
        )
    folds = place_of(run, datasets.load(control, run.dataset_id)).folds
    _require_time(control, run)
    learns = not isinstance(search_of(control, run, context.poll), AllAtOnce)
    if config is None:
        if learns:
            raise InvalidArgument(
                f'the search of run "{run.name}" has decided how far each configuration trains',
                detail=f"Its method is {run.search.get('method', 'grid')}.",
                hint="Name a configuration that is to train on, or start another run.",
            )
        standing = configs.all_of(control, run.id)
    else:
        standing = [config_of(control, run, config)]
        _require_may(standing[0], learns=learns)
    chosen = [
        one
        for one in standing
        if config is not None or one.status in (*OPEN, "finished", "stopped")
    ]
    further = [one for one in chosen if _epochs(one, folds) < epochs]
    if not further:
        raise _trained(run, chosen, epochs, folds)
    if old := configs.of_first_release(control, run.id) & {one.config for one in further}:
        raise InvalidArgument(
            f"{configurations(sorted(old))} cannot train on",
            detail="Release 0.1.0 has trained it; states of its cannot be trained further.",
            hint="cerebro_clone with from_scratch := true starts another one with its values.",
        )
    candidates = _candidates(context, control, run, further)
    able = [one for one in candidates if one.at_hand or not (learns or one.lost_its_start)]
    if not able:
        raise InvalidArgument(
            f"{configurations([one.config for one in further])} cannot train on",
            detail="The last state was not kept, and to begin anew would undo what the search was "
            "told."
            if learns
            else "Neither the last state was kept, nor that of its parent which it began with.",
            hint="cerebro_clone with from_scratch := true starts another one with its values.",
        )
    _tell(context, run, candidates, able)
    with control.connection.transaction():
        for one in able:
            configs.wake(control, run.id, one.config.config)
            configs.set_epochs(control, run.id, one.config.config, epochs)
        runs.order(control, run.id)


def _require_time(control: ClientSession, run: runs.Run) -> None:
    if any(decided.what == TIME_IS_UP for decided in decisions.all_of(control, run.id)):
        raise InvalidArgument(
            f'the time of run "{run.name}" is up',
            detail=f"Its search may train for {run.search['seconds']:g} s.",
            hint="Start another run, with more of them.",
        )


def _require_may(config: Config, *, learns: bool) -> None:
    if config.status == "diverged":
        raise InvalidArgument(
            f"configuration {config.config} would diverge again",
            detail=str(config.error),
            hint="cerebro_clone goes on from its last good state with, say, a lower learning_rate.",
        )
    if learns and config.status in OPEN:
        raise InvalidArgument(
            f"the search has yet to decide on configuration {config.config}",
            detail=f"It is {config.status}.",
            hint="Go on with the run first, or have the configuration rest: cerebro_stop.",
        )


def _epochs(config: Config, folds: Folds) -> int:
    """Return how many epochs all networks of a configuration have done."""
    return min(done // folds.steps(own.fold) for own, done in config.done(folds).items())


def _trained(run: runs.Run, chosen: Sequence[Config], epochs: int, folds: Folds) -> InvalidArgument:
    """Return the error that all that could train on have done so many epochs."""
    least = min((_epochs(one, folds) for one in chosen), default=0)
    if len(chosen) == 1:
        who = f"configuration {chosen[0].config} has"
    else:
        who = f'the configurations of run "{run.name}" that can train on have'
    return InvalidArgument(
        f"{who} trained for {counted(epochs, 'epoch')} already",
        detail=f"It has trained for {counted(least, 'epoch')}."
        if len(chosen) == 1
        else f"Each of them has trained for {counted(least, 'epoch')} at least."
        if chosen
        else "There is none.",
        hint="epochs is the new total: those that are trained and those that are to follow.",
    )


def _candidates(
    context: Context, control: ClientSession, run: runs.Run, further: Sequence[Config]
) -> list[_Candidate]:
    place = place_of(run, datasets.load(control, run.dataset_id))
    there = context.server.states(control, place)
    kept = configs.kept(control, run.id)
    found = []
    for config in further:
        last = {}
        for network, done in config.done(place.folds).items():
            has = {0, *there.get(network, ())}
            has.update(units for of, units in kept if of == network)
            last[network] = max(units for units in has if units <= done)
        found.append(_Candidate(config, last, place.folds))
    return found


def _tell(
    context: Context, run: runs.Run, candidates: Sequence[_Candidate], able: Sequence[_Candidate]
) -> None:
    """Say of which configurations not all that they trained is there to go on from."""
    again = [one.config.config for one in able if not one.at_hand and not any(one.last.values())]
    back = [one.config.config for one in able if not one.at_hand and any(one.last.values())]
    out = [one.config.config for one in candidates if one not in able]
    keep = "their last states were not kept (option keep)"
    if again:
        context.notice(f"{run.name}: {configurations(again)} begin anew: {keep}")
    if back:
        context.notice(f"{run.name}: {configurations(back)} go on from an earlier epoch: {keep}")
    if out:
        context.notice(
            f"{run.name}: {configurations(out)} cannot train on: neither their last states were "
            "kept nor those that they began with"
        )
