"""Drives a run from where it stands to its end: one that begins, or one that was interrupted."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import psycopg

from cerebro_db.context import Context
from cerebro_db.driving.advising import advice_on
from cerebro_db.driving.appraise import Appraisals, Appraiser
from cerebro_db.driving.best import BestStates, Standing
from cerebro_db.driving.conductor import Conductor
from cerebro_db.driving.endings import interrupts, is_cancel, reason_of, reasons_of
from cerebro_db.driving.herald import Herald, configurations
from cerebro_db.driving.judge import Judge
from cerebro_db.driving.keep import keep_best
from cerebro_db.driving.lives import Lives
from cerebro_db.driving.logbook import Logbook
from cerebro_db.driving.options import Options
from cerebro_db.driving.place import place_of
from cerebro_db.driving.refits import Refits
from cerebro_db.driving.resolve import encoding_of, resolver_of, search_of
from cerebro_db.driving.restore import restore
from cerebro_db.driving.results import Results
from cerebro_db.driving.rows import require_dataset
from cerebro_db.driving.steering import Steering
from cerebro_db.driving.turns import Turn, bounds_of
from cerebro_db.engines import RunEngine, WorkerLimits
from cerebro_db.engines.sessions.loopback import commits
from cerebro_db.errors import InUse, RunFailed, Standoff
from cerebro_db.model.frameworks import SPOKEN, Framework, chosen
from cerebro_db.planner import Schedule, drive
from cerebro_db.session import Row
from cerebro_db.session.client import ClientSession
from cerebro_db.session.messages import message_of
from cerebro_db.store import appraisals, configs, datasets, runs
from cerebro_db.store.settings import Bounds, Share
from cerebro_db.training.frameworks import installed
from cerebro_db.units import Network, Outcome, Unit
from cerebro_db.words import counted


def carry_on(
    context: Context,
    control: ClientSession,
    run: int,
    engine: RunEngine | None = None,
    *,
    told: bool = False,
) -> list[Row]:
    """Drive a run to its end, and return the rows of the leaderboard, best first.

    Args:
        control: the session that drives the run.
        engine: its workers, if they are taken and opened already.
        told: whether the caller knows already what was lowered of what the run asks for, as whoever
            hands a run over does.

    Raises:
        NotPermitted, DataError: it may not, or cannot, train on its dataset any more; nothing is
            written then.
        CerebroError: no configuration succeeded, or a bound is exceeded; or there was no worker to
            be had, or no room for something: then the run is interrupted, and says why.
    """
    found = runs.load(control, run)
    require_dataset(context, control, found)
    bounds = bounds_of(context, control)
    with ExitStack() as stack:
        try:
            if engine is None:
                options = Options.stored(found.options)
                share, lowered = _share_of(bounds, options, found.workers)
                turn = Turn(
                    context, control, bounds, found.owner, share.workers, heir_of=found.caller
                )
                runs.queue(control, run)
                taken = turn.take_now()
                if not (told or turn.inherited):
                    _tell(context, lowered)
                if not taken:
                    turn.wait(run, found.name)
                engine = stack.enter_context(
                    opened_engine(
                        context, control, bounds, share, options.trained_with, found.owner
                    )
                )
            return _Drive(context, control, found, bounds, engine).to_the_end()
        except BaseException as error:
            # If the server has failed, or its locks stand in the way, and not the run, that shows
            # as interrupted; so it does where the control session itself is gone, or the caller's.
            # A run that another session drives is for that one to end.
            with contextlib.suppress(psycopg.Error, Standoff, KeyboardInterrupt):
                if interrupts(error):
                    runs.interrupt(control, run, reason_of(error))
                elif not isinstance(error, InUse):
                    status: runs.Status = "cancelled" if is_cancel(error) else "failed"
                    runs.finish(control, run, status, message_of(error))
            raise


def share_of(context: Context, bounds: Bounds, options: Options, workers: int) -> Share:
    """Return what a run gets of what it asks for, after telling the caller if that is less."""
    share, lowered = _share_of(bounds, options, workers)
    _tell(context, lowered)
    return share


def _share_of(bounds: Bounds, options: Options, workers: int) -> tuple[Share, list[str]]:
    return bounds.lower(Share(workers, options.threads, options.cache_mb))


def _tell(context: Context, lines: Sequence[str]) -> None:
    for line in lines:
        context.notice(line)


def require_framework(framework: Framework) -> None:
    """Refuse to go on where the framework of a run is gone.

    Raises:
        MissingFramework: it is not installed any more.
    """
    chosen(framework, installed())


@contextmanager
def opened_engine(
    context: Context,
    control: ClientSession,
    bounds: Bounds,
    share: Share,
    framework: Framework,
    role: str,
) -> Iterator[RunEngine]:
    """Open the workers of a role's run that has its turn, for the time of a with block.

    Raises:
        MissingFramework: see ``require_framework``.
    """
    require_framework(framework)
    idle_seconds = max(1, int(bounds.idle_seconds))
    limits = WorkerLimits.of(framework, share.threads, share.cache_mb, idle_seconds)
    engine = context.server.open_engine(control, limits, share.workers, role, context.poll)
    try:
        if engine.cold:
            workers = counted(engine.cold, "new worker imports", "new workers import")
            context.notice(f"{workers} {SPOKEN[framework]} meanwhile")
        yield engine
    except BaseException as error:
        if is_cancel(error) or interrupts(error) or not isinstance(error, Exception):
            engine.cancel()
        else:
            # No fault of the workers': what they have imported is of use to the next call.
            engine.close()
        raise
    engine.close()


class _Drive:
    """One run on its way, and who listens to it."""

    def __init__(
        self,
        context: Context,
        control: ClientSession,
        run: runs.Run,
        bounds: Bounds,
        engine: RunEngine,
    ) -> None:
        runs.take_up(control, run.id, engine.workers)
        self._context, self._control, self._run, self._engine = context, control, run, engine
        self._options = Options.stored(run.options)
        control.execute(commits(self._options.durability))
        dataset = datasets.load(control, run.dataset_id)
        self._place = place_of(run, dataset)
        self._schedule = Schedule(self._place.folds, run.seed)
        self._lives = Lives(context.server, control, self._place, self._schedule)
        self._best = BestStates(context.server, control, self._place, self._options.kept)
        self._results = Results(best=self._options.restore_best or False)
        self._logbook = Logbook(control, run)
        self._herald = Herald(
            context.notice,
            run.name,
            self._options.notices,
            lambda: (self._schedule.units_left, self._lives.units + self._refits.units),
        )
        self._refits = Refits(
            context.server, control, self._place, self._schedule, self._lives, self._herald
        )
        self._appraiser = Appraiser(
            engine,
            control,
            run,
            self._place,
            self._options,
            encoding_of(dataset).signature.output,
            self._herald,
        )
        self._judge = Judge(
            control,
            run.id,
            self._place.folds.hops,
            search_of(control, run, context.poll),
            resolver_of(control, run, dataset, context.notice),
            context.poll,
        )
        self._conductor = Conductor(
            control, run, self._lives, self._results, self._logbook, self._judge, self._herald
        )
        self._steering = Steering(
            control,
            run,
            self._place,
            self._schedule,
            self._lives,
            self._conductor,
            self._judge,
            bounds,
        )

    def to_the_end(self) -> list[Row]:
        """Train what is left, keep the best states, and return the leaderboard.

        Where there are refits, they follow what serves; while they train a person may want more of
        the search, and something else may serve after that.
        """
        self._engine.place(self._place)
        restore(
            self._context.server,
            self._control,
            self._place,
            self._lives,
            self._results,
            self._logbook,
            self._judge,
            self._conductor,
        )
        self._refits.take_up()
        self._announce()
        found = Appraisals([], {})
        appraised: list[tuple[int, Mapping[Network, int]]] | None = None
        while True:
            drive(self._schedule, self._engine, self)
            ranked, lost = self._keep()
            serving = [(one.config, one.best) for one in ranked[: self._options.kept]]
            if serving != appraised:
                # A planner that takes up the run here does all of it again: the states are there.
                best = self._results[ranked[0].config].score if ranked else math.nan
                found, appraised = self._appraiser.appraise(best), serving
            with self._control.connection.transaction():
                found.write(self._control, self._run.id)
            if self._steering.stopped is not None or not self._refits.begin(self._refitted(found)):
                return self._finish(lost)

    def started(self, unit: Unit) -> None:
        """A unit was handed to a worker."""
        if self._refits_with(unit):
            self._herald.begin()
        else:
            self._conductor.started(unit)

    def trained(self, outcome: Outcome) -> None:
        """A unit was committed."""
        if self._refits_with(outcome.unit):
            self._refits.trained()
        else:
            self._conductor.trained(outcome)
        if outcome.unit.last or outcome.unit.epoch == 1:
            self._steering.check_states()

    def failed(self, outcome: Outcome) -> None:
        """A configuration, or its refit, was taken out of the schedule."""
        if self._refits_with(outcome.unit):
            self._refits.failed(outcome)
        else:
            self._conductor.failed(outcome)

    def between(self) -> None:
        """Nothing is going on right now but the workers' work."""
        self._steering.look()
        # What stops is out of the schedule, but will be gone on with, or kept once all have.
        stops = self._judge.time_is_up is not None and not self._refits.under_way
        if self._steering.stopped is None and not stops:
            hops, ends = self._schedule.inside, self._schedule.ends
            self._best.release(hops, ends, self._ranked)
            self._engine.retire(hops, ends)

    def _announce(self) -> None:
        place, herald = self._place, self._herald
        # A person may have had some train on.
        epochs = max(place.epochs, *(life.epochs for life in self._lives))
        herald.must_know(
            f"{counted(len(self._lives), 'configuration')}, "
            f"{counted(epochs, 'epoch')}, {counted(place.partitions, 'partition')}, "
            f"{counted(self._engine.workers, 'worker')} with "
            f"{SPOKEN[self._options.trained_with]}, ranked by {self._run.metric}"
        )
        if done := self._lives.units:
            herald.must_know(f"goes on after {counted(done, 'unit')}")
        if place.fold_count:
            networks = counted(place.fold_count, "network")
            herald.must_know(f"each configuration has {networks}, one for each fold")
        elif not place.validate:
            herald.must_know("there are no validation rows; training rows rank")

    def _refits_with(self, unit: Unit) -> bool:
        return self._place.folds.refits(unit.fold)

    def _refitted(self, found: Appraisals) -> dict[int, int]:
        """Return the configurations that are to have a refit, if any are, with its epochs: the best
        one, and the members of the ensemble."""
        if not (self._options.refit and self._place.fold_count):
            return {}
        best = configs.serving(self._control, self._run.id)[:1]
        return {config: self._results[config].epoch for config in {*best, *found.members}}

    def _keep(self) -> tuple[list[Standing], list[int]]:
        """Keep the best states; return the configurations, best first, and those that would be
        among the best but whose best state is gone.

        Raises:
            RunFailed: no configuration succeeded.
        """
        control = self._control
        failures = self._lives.failures
        if len(failures) == len(self._lives):
            raise RunFailed(
                f'no configuration of run "{self._run.name}" succeeded',
                detail=reasons_of(failures),
                hint="Lower the learning rate, or set clipnorm."
                if any(reason.startswith("diverged") for reason in failures.values())
                else "See cerebro.configs for the whole of it.",
            )
        stopped = self._steering.stopped
        ranked = self._ranked()
        with control.connection.transaction():
            if stopped is None:
                self._lives.end_all(self._judge.time_is_up or "the search is over")
            lost = keep_best(
                self._context.server,
                control,
                self._place,
                ranked,
                [
                    state
                    for life in self._lives
                    if life.status == "resting"
                    for state in life.done.items()
                ],
                self._options.kept,
                ended=stopped is None,
            )
            appraisals.forget(control, self._run.id)
        return ranked, lost

    def _finish(self, lost: Sequence[int]) -> list[Row]:
        """Let all other states go if the run is through, and write how it ended."""
        control, run, stopped = self._control, self._run, self._steering.stopped
        with control.connection.transaction():
            if stopped is None:
                self._context.server.drop_states(control, run.id)
            runs.finish(control, run.id, "finished" if stopped is None else "stopped", stopped)
        if stopped is not None:
            self._herald.must_know(f"stopped ({stopped}); cerebro_resume goes on with it")
        if lost:
            self._herald.must_know(
                f"the states of the best epochs of {configurations(lost)} are gone: what comes "
                "next serves"
            )
        if stopped is None and self._place.measures:
            for line in advice_on(control, run, self._lives, self._results, self._logbook):
                self._herald.advises(line)
        return runs.leaderboard(control, run.name)

    def _ranked(self) -> list[Standing]:
        """Return the configurations that have done an epoch and did not fail, best first."""
        lives, folds = self._lives, self._place.folds
        return [
            Standing(
                config,
                best={
                    network: self._results[config].epoch * folds.steps(network.fold)
                    for network in lives[config].done
                },
                done=lives[config].done,
                over=lives[config].status in ("finished", "stopped"),
                refit={Network(config): self._results[config].epoch * folds.steps(0)}
                if self._options.refit and folds.count
                else {},
            )
            for config in self._results.ranking(lives.failures)
        ]
