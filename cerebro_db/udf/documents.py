"""JSON arguments as Python values, read only after their size and nesting are known to be bearable.

PostgreSQL takes strings of 256 MB and thousands of levels; what reads on from here recurses.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.words import counted

# Several times what the largest architecture that can be admitted takes.
MAX_CHARACTERS = 4 * 1024 * 1024
MAX_LEVELS = 100

# A string as a whole, so that brackets in it do not count, or a bracket.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[{\]}]', re.DOTALL)


def read_json(document: str, name: str) -> Any:
    """Return the value of a JSON argument.

    Raises:
        LimitExceeded: it is larger or deeper than any argument has to be.
        InvalidArgument: it is no JSON in the strict sense: NaN, one name twice in an object, or a
            number of thousands of digits.
    """
    if len(document) > MAX_CHARACTERS:
        raise LimitExceeded(
            f"{name} is too long",
            detail=f"It has {counted(len(document), 'character')}; "
            f"at most {MAX_CHARACTERS:,} are read.",
            hint=f"Give a shorter {name}.",
        )
    _require_shallow(document, name)
    try:
        return json.loads(document, object_pairs_hook=_object, parse_constant=_constant)
    except ValueError as error:
        raise InvalidArgument(
            f"{name} is not valid JSON",
            detail=f"{error}.",
            hint="Write names once in each object, and finite numbers.",
        ) from None


def _require_shallow(document: str, name: str) -> None:
    level = 0
    for token in _TOKENS.finditer(document):
        character = token[0][0]
        level += (character in "[{") - (character in "]}")
        if level > MAX_LEVELS:
            raise LimitExceeded(
                f"{name} is nested too deeply",
                detail=f"At most {MAX_LEVELS} levels of lists and objects are read.",
                hint=f"Give a flatter {name}.",
            )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The name {json.dumps(twice)[:100]} stands twice in an object")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
