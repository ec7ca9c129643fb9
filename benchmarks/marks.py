"""Replaces what stands between marks in a document. A mark is a comment: <!-- benchmark: NAME -->,
and <!-- end --> behind the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_MARKED = re.compile(r"(<!-- benchmark: (.+?) -->)\n.*?(<!-- end -->)", re.DOTALL)


def filled(document: str, texts: Mapping[str, str], only: Collection[str] = ()) -> str:
    """Return a document with each text between the marks of its name.

    Args:
        only: marks of other names keep what stands between them; none stands for all.

    Raises:
        KeyError: a mark names no text.
    """

    def replace(found: re.Match[str]) -> str:
        if only and found[2] not in only:
            return found[0]
        return f"{found[1]}\n\n{texts[found[2]]}\n\n{found[3]}"

    return _MARKED.sub(replace, document)
