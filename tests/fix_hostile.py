"""The files ``tests/hostile/WHAT/FAMILY/CASE.json`` that are given to arguments of verbs.

``argument`` says which argument a case is given to, ``value`` its value or ``text`` its JSON in
pieces, each with how often it stands there. ``sqlstate`` and ``says`` (a part of the message) are
those of the error that is due.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "hostile"
_WHAT = ("models", "documents", "spaces", "searches", "encode", "options", "params")


@dataclass(frozen=True)
class Hostile:
    """One case; ``family`` is its folder."""

    path: Path
    argument: str
    sqlstate: str
    says: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(_FOLDER).with_suffix(""))

    @property
    def family(self) -> str:
        return str(self.path.parent.relative_to(_FOLDER))

    @property
    def document(self) -> str:
        """What is given, as JSON or as what pretends to be JSON."""
        content = json.loads(self.path.read_text())
        if "text" in content:
            return "".join(piece * times for piece, times in content["text"])
        return json.dumps(content["value"])


def hostile_cases() -> list[Hostile]:
    """Return all cases, in order."""
    paths = sorted(path for what in _WHAT for path in (_FOLDER / what).rglob("*.json"))
    return [_read(path) for path in paths]


def _read(path: Path) -> Hostile:
    content: dict[str, Any] = json.loads(path.read_text())
    return Hostile(path, content["argument"], content["sqlstate"], content["says"])
