"""The names that the models of a run may use: registered architectures, and registered code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cerebro_db.model.code import Code, Kind
from cerebro_db.session.client import ClientSession
from cerebro_db.store import code, models, runs


class Registry:
    """Looks up each name once: the version that the run carries, or else the current one.

    Args:
        control: the session that reads.
        role: whose registered architectures may be named; code is everybody's.
        run: the number of a run that exists.
    """

    def __init__(self, control: ClientSession, role: str, run: int | None = None) -> None:
        self._control = control
        self._role = role
        self._code: dict[tuple[str, Kind], Code | None] = {}
        # What was asked for, and what the run carries, which nobody has to register any more.
        self.models: dict[str, dict[str, Any]] = {}
        if run is not None:
            self.models |= runs.models_of(control, run)
            carried = [Code(**fields) for fields in code.of_run(control, run)]
            self._code.update({(found.name, found.kind): found for found in carried})

    def model(self, name: str) -> dict[str, Any]:
        """Return a registered definition; raise UndefinedName or NotPermitted."""
        if name not in self.models:
            self.models[name] = models.get(self._control, name, self._role, "use")
        return self.models[name]

    def code(self, name: str, kind: Kind) -> Code | None:
        """Return the registered code of a name and kind, None if there is none."""
        if (name, kind) not in self._code:
            fields = code.find(self._control, name, kind)
            self._code[name, kind] = None if fields is None else Code(**fields)
        return self._code[name, kind]


def carry(control: ClientSession, run: runs.Run, names: Iterable[str]) -> None:
    """Have a run, whose row is held, carry registered architectures from now on as they are now.

    Raises:
        UndefinedName, NotPermitted: one is not to be had for the run's owner.
    """
    registry = Registry(control, run.owner, run.id)
    before = set(registry.models)
    for name in names:
        registry.model(name)
    if before != registry.models.keys():
        runs.set_models(control, run.id, registry.models)
