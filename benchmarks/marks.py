"""Replaces what stands between marks in a document. A mark is a comment: <!-- benchmark: NAME -->,
and <!-- end --> behind the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MARKED = re.compile(r"(<!-- benchmark: (.+?) -->)\n.*?(<!-- end -->)", re.DOTALL)


def filled(document: str, texts: Mapping[str, str]) -> str:
    """Return a document with each text between the marks of its name.

    Raises:
        KeyError: a mark names no text.
    """

    def replace(found: re.Match[str]) -> str:
        return f"{found[1]}\n\n{texts[found[2]]}\n\n{found[3]}"

    return _MARKED.sub(replace, document)
