"""What is said of a run, and the tags that it is found by."""

from __future__ import annotations

from typing import Any

_MOST_CHARACTERS = 2_000
_MOST_TAGS = 32
_MOST_OF_A_TAG = 100

DESCRIPTION = f"a text of at most {_MOST_CHARACTERS:,} characters"
TAGS = f"a list of at most {_MOST_TAGS} texts of 1 to {_MOST_OF_A_TAG} characters"


def is_description(value: Any) -> bool:
    """Return whether a run can be described so."""
    return isinstance(value, str) and len(value) <= _MOST_CHARACTERS


def is_tags(value: Any) -> bool:
    """Return whether a run can be tagged so."""
    return (
        isinstance(value, list)
        and len(value) <= _MOST_TAGS
        and all(isinstance(tag, str) and 0 < len(tag) <= _MOST_OF_A_TAG for tag in value)
    )
