"""The names that the model of a run may use: registered architectures, and registered code."""

from __future__ import annotations

from typing import Any

from cerebro_db.model.code import Code, Kind
from cerebro_db.session.client import ClientSession
from cerebro_db.store import code, models


class Registry:
    """Looks up each piece of code once: the version that the run carries, or else the current one.

    Args:
        control: the session that reads.
        role: whose registered architectures may be named; code is everybody's.
        run: the number of a run that exists.
    """

    def __init__(self, control: ClientSession, role: str, run: int | None = None) -> None:
        self._control = control
        self._role = role
        self._code: dict[tuple[str, Kind], Code | None] = {}
        if run is not None:
            carried = [Code(**fields) for fields in code.of_run(control, run)]
            self._code.update({(found.name, found.kind): found for found in carried})

    def model(self, name: str) -> dict[str, Any]:
        """Return a registered definition; raise UndefinedName or NotPermitted."""
        return models.get(self._control, name, self._role, "use")

    def code(self, name: str, kind: Kind) -> Code | None:
        """Return the registered code of a name and kind, None if there is none."""
        if (name, kind) not in self._code:
            fields = code.find(self._control, name, kind)
            self._code[name, kind] = None if fields is None else Code(**fields)
        return self._code[name, kind]
