"""Replaces what stands between marks in a document. A mark is a comment: <!-- benchmark: NAME -->,
and <!-- end --> behind the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES = frozenset(
    {
        "machine",
        "comparison",
        "w1",
        "quality",
        "figures",
        "curves",
        "left out",
        "tables",
        "tables in short",
    }
)
"""Marks that there are."""

_MARKED = re.compile(r"(<!-- benchmark: (.+?) -->)\n.*?(<!-- end -->)", re.DOTALL)


def filled(document: str, texts: Mapping[str, str]) -> str:
    """Return a document with each text between the marks of its name; other marks keep theirs.

    Raises:
        KeyError: a mark of the document, or of a text, is none.
    """
    unknown = {*texts, *(found[2] for found in _MARKED.finditer(document))} - NAMES
    if unknown:
        raise KeyError(f"no such mark: {', '.join(sorted(unknown))}")

    def replace(found: re.Match[str]) -> str:
        if found[2] not in texts:
            return found[0]
        return f"{found[1]}\n\n{texts[found[2]]}\n\n{found[3]}"

    return _MARKED.sub(replace, document)
