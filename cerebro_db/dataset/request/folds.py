"""The words of the argument ``validation`` that ask for cross-validation."""

from __future__ import annotations

import re

from cerebro_db.errors import InvalidArgument
from cerebro_db.words import counted

MAX_FOLDS = 100

_CROSS = r"(?:cv|cross[\s_-]*validation|cross[\s_-]*validate)"
# '5 folds', '5-fold cv', '5fold cross-validation'; 'cv 5', 'kfold(5)', 'folds=5', 'k-fold: 5'.
_WORDS = (
    re.compile(rf"(\d+)[\s_-]*(?:k-?)?folds?(?:[\s_-]*{_CROSS})?"),
    re.compile(
        rf"(?:{_CROSS}|(?:stratified[\s_-]*|group[\s_-]*)?k?[\s_-]*folds?)\s*[=:(]?\s*(\d+)\s*\)?"
    ),
    re.compile(rf"(\d+)[\s_-]*{_CROSS}"),
)


def folds_in(validation: str) -> int | None:
    """Return how many folds are asked for, None where something else is.

    Raises:
        InvalidArgument: they are too few to validate across, or too many.
    """
    words = validation.strip().lower()
    found = next((match for one in _WORDS if (match := one.fullmatch(words))), None)
    if found is None:
        return None
    count = int(found[1])
    if not 2 <= count <= MAX_FOLDS:
        raise InvalidArgument(
            f"there must be 2 to {MAX_FOLDS} folds",
            detail=f"validation asks for {counted(count, 'fold')}.",
            hint="'5 folds' trains five networks of each configuration, each on four fifths of the"
            " rows. A fraction such as '0.2' holds out rows once.",
        )
    return count
