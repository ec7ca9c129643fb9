"""Finds the configuration of another run with whose weights a run begins, and copies them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from cerebro_db.dataset.encoding import Encoding
from cerebro_db.driving.registry import Registry
from cerebro_db.errors import CerebroError, DataError, UndefinedName
from cerebro_db.model import FamilyArchitecture, Spec
from cerebro_db.model.admission import fitted, placeholders
from cerebro_db.model.cost.ledger import Ledger
from cerebro_db.model.cost.step import ledger_of
from cerebro_db.model.definition import Definition, Models, check_names, read
from cerebro_db.model.pretrained import Lender, Wish, frozen_layers, lend, wish_of
from cerebro_db.session.client import ClientSession
from cerebro_db.store import pretrained, runs
from cerebro_db.store.pretrained import Source
from cerebro_db.training.states import lent_state

Notice = Callable[[str], None]


@dataclass(frozen=True)
class Copy:
    """A state that a run is to begin with: what is written once the run has its number."""

    sha256: str
    source: Source
    state: bytes


@dataclass(frozen=True)
class Loans:
    """The weights of one configuration, for all of a run that begin with them.

    Args:
        wish: what the run's model says.
        given: the hyper-parameters that it gives itself.
        source: the configuration.
        sha256: of the state; "" as long as only names are checked.
        own: the architecture that the model has itself, if it has one.
    """

    wish: Wish
    given: dict[str, Any]
    source: Source
    sha256: str
    own: Definition | None

    @cached_property
    def lender(self) -> Lender:
        """The configuration, as those see it that begin with its weights."""
        source, spec = self.source, Spec.from_json(self.source.spec)
        return Lender(
            name=f'configuration {source.config} of run "{source.run}"',
            sha256=self.sha256,
            spec=spec,
            ledger=ledger_of(spec),
            meanings=Encoding.from_json(source.encoding).meanings,
        )

    @cached_property
    def definition(self) -> Definition:
        """The run's model: its own, or the configuration's with what the run gives itself.

        Raises:
            InvalidArgument: it gives what the model does not have.
        """
        if self.own is not None:
            return self.own
        base = read(self.source.definition, _none, _any(self.lender.spec))
        check_names(self.given, base.hyperparameters)
        return Definition(base.architecture, self.given, self.source.values, self.lender.spec)


class Lending:
    """Gives configurations of a run their weights; says once what begins anew.

    Args:
        loans: whose weights.
        encoding: of the run's dataset.
        notice: shows a line to the caller.
        run: the run's name.
    """

    def __init__(self, loans: Loans, encoding: Encoding, notice: Notice, run: str) -> None:
        self._loans = loans
        self._run = run
        self._meanings = encoding.meanings
        self._notice = notice
        self._said: set[str] = set()
        before = Encoding.from_json(loans.source.encoding).statistics
        if any(before.get(column, now) != now for column, now in encoding.statistics.items()):
            self._say(
                f"the rows of {loans.lender.name} had other means or deviations: numbers are "
                "standardised by those of this dataset"
            )

    def close(self, spec: Spec, ledger: Ledger) -> Spec:
        """Return a configuration with its weights.

        Raises:
            InvalidArgument: see ``model.pretrained.lend``.
        """
        loan = lend(self._loans.wish, self._loans.lender, spec, ledger, self._meanings)
        for reason, names in loan.anew.items():
            self._say(f"layers that begin anew: {', '.join(names)} ({reason})")
        if loan.unfrozen:
            self._say(f"layers that begin anew are not frozen: {', '.join(loan.unfrozen)}")
        return loan.spec

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._notice(f"{self._run}: {line}")


def asked_for(
    control: ClientSession, registry: Registry, role: str, model: dict[str, Any]
) -> Loans | None:
    """Return with whose weights a run is to begin; None: with new ones.

    Args:
        role: who asks; it needs the right to use the other run.

    Raises:
        UndefinedName: there is no such run, or it keeps no such state.
        NotPermitted: the run is not the role's to use.
        InvalidArgument: the model is wrong.
        DataError: the weights go with code that is no longer registered.
    """
    wish, rest = wish_of(model)
    if wish is None:
        return None
    run = runs.get(control, wish.run, role, "use")
    source, _ = _source(control, run, wish.config)
    found = Loans(wish, rest, source, "", _own(registry, rest))
    frozen_layers(wish, found.lender)
    return found


def copied(control: ClientSession, role: str, loans: Loans) -> tuple[Loans, Copy]:
    """Return the weights as a run is to have them, and again whose they are, with their hash.

    Raises:
        CerebroError: see ``asked_for``; or the state is damaged (DataError).
    """
    run = runs.get(control, loans.wish.run, role, "use")
    source, kept = _source(control, run, loans.wish.config)
    state = lent_state(
        Spec.from_json(source.spec),
        pretrained.state_of(control, run.id, kept),
        optimizer=loans.wish.optimizer_state,
    )
    digest = sha256(state).hexdigest()
    return replace(loans, source=source, sha256=digest), Copy(digest, source, state)


def carried(control: ClientSession, registry: Registry, run: runs.Run) -> Loans | None:
    """Return with whose weights the configurations of a run begin that is there."""
    wish, rest = wish_of(run.model)
    if wish is None:
        return None
    found = pretrained.of_run(control, run.id)
    if found is None:
        raise DataError(
            f'the weights that run "{run.name}" begins with are missing',
            detail=f'They were those of run "{wish.run}"; cerebro._pretrained has none.',
            hint="Restore them from a backup, or start another run.",
        )
    return Loans(wish, rest, found[1], found[0], _own(registry, rest))


def _source(
    control: ClientSession, run: runs.Run, config: int | None
) -> tuple[Source, pretrained.Kept]:
    kept = pretrained.kept(control, run.id, config)
    if kept is None:
        raise _not_kept(control, run, config)
    spec = Spec.from_json(kept.spec)
    for code in spec.registered("layer"):
        if not pretrained.code_there(control, code.name, code.kind, code.sha256):
            raise DataError(
                f"the weights go with a version of layer {code.name} that was dropped",
                detail=f'Run "{run.name}" carries sha256 {code.sha256}.',
                hint="Ask an administrator to register that version again. See cerebro.code.",
            )
    definition, values = _defined(control, run, spec, kept.params)
    return Source(run.name, kept.config, kept.spec, kept.encoding, definition, values), kept


def _defined(
    control: ClientSession, run: runs.Run, spec: Spec, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an architecture as it was defined, and the values of its hyper-parameters.

    Where its definition is not to be had any more, that is the architecture itself, in which
    placeholders are filled.
    """
    architecture = spec.architecture
    if isinstance(architecture, FamilyArchitecture):
        return {"family": architecture.family}, architecture.parameters
    # As the other run knows it: what is registered by now may be another.
    registry = Registry(control, run.owner, run.id)
    try:
        loans = carried(control, registry, run)
        model = run.model if loans is None else loans.definition
        defined = Models(model, registry.model, registry.code).of(dict(params))
        names = (
            () if not isinstance(defined.architecture, dict) else placeholders(defined.architecture)
        )
        given = defined.defaults | defined.values | dict(params)
        values = {name: given[name] for name in names if name in given}
        if isinstance(defined.architecture, dict):
            again = fitted(defined.architecture, values, spec.signature, _any(spec))
            if again == architecture:
                return {"keras": defined.architecture}, values
    except CerebroError:
        pass
    return {"keras": architecture.keras}, {}


def _own(registry: Registry, rest: dict[str, Any]) -> Definition | None:
    """Return the architecture that a model has beside the weights that it begins with, if any."""
    if not {"family", "keras", "name"} & rest.keys():
        return None
    return read(rest, registry.model, registry.code)


def _not_kept(control: ClientSession, run: runs.Run, config: int | None) -> UndefinedName:
    kept = pretrained.kept_configs(control, run.id)
    which = "its best configuration" if config is None else f"configuration {config}"
    return UndefinedName(
        f'run "{run.name}" keeps no weights of {which}',
        detail=f"Kept are those of: {', '.join(map(str, kept))}."
        if kept
        else f"It keeps none; its status is {run.status}.",
        hint="How many of the best a run keeps is its option keep. See cerebro.leaderboard.",
    )


def _none(name: str) -> dict[str, Any]:
    raise UndefinedName(f'model "{name}" does not exist')


def _any(spec: Spec) -> Callable[..., Any]:
    """Return what finds the registered code that a configuration carries."""
    return lambda name, kind: next(
        (code for code in spec.code if (code.name, code.kind) == (name, kind)), None
    )
