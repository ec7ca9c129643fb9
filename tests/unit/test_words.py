"""Nouns agree with their numbers, in all sentences of the package: by one function."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cerebro_db
from cerebro_db.words import counted, figure

_PACKAGE = Path(cerebro_db.__file__).parent
# What stands behind a number, with up to two words in between: "{n} new workers".
_PLURAL = re.compile(
    r" (?:[a-z]+ ){0,2}(rows|units|partitions|workers|configurations|epochs|values|columns|elements"
    r"|bytes|dimensions|characters|levels|statements|planners|classes|labels|words|targets|numbers"
    r"|layers|parameters|segments|chunks|runs|names|models|datasets|processors|seconds|minutes"
    r"|versions|features|sessions|states|axes|channels|groups|sources|arguments|tables|categories"
    r"|files|rows|images|texts|convolutions|tensors|attempts|keys|types|nodes|primaries)\b"
)
# No counts, or no bare ones: names of things, bounds, and what is counted already.
_NO_COUNT = re.compile(r"\b(?:name|kind|most|counted)\b")


@pytest.mark.parametrize(
    ("number", "noun", "plural", "said"),
    [
        (0, "row", None, "0 rows"),
        (1, "row", None, "1 row"),
        (2, "row", None, "2 rows"),
        (5000, "row", None, "5,000 rows"),
        (1, "class", "classes", "1 class"),
        (3, "class", "classes", "3 classes"),
        (1, "worker imports", "workers import", "1 worker imports"),
    ],
)
def test_a_noun_agrees_with_its_number(
    number: int, noun: str, plural: str | None, said: str
) -> None:
    assert counted(number, noun, plural) == said


def test_no_sentence_has_a_number_that_is_none() -> None:
    assert figure(0.123456) == "0.1235"
    assert [figure(value) for value in (math.nan, math.inf, -math.inf)] == ["undefined"] * 3


def test_sentences_of_the_package_count_with_that_function() -> None:
    assert list(_miscounted()) == []


def _miscounted() -> Iterator[str]:
    """Yield where a value stands in a sentence directly before a noun in the plural."""
    for path in sorted(_PACKAGE.rglob("*.py")):
        if "testing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                for value, after in zip(node.values, node.values[1:], strict=False):
                    if (
                        isinstance(value, ast.FormattedValue)
                        and isinstance(after, ast.Constant)
                        and _PLURAL.match(after.value)
                        and not _many(value)
                    ):
                        shown = ast.unparse(value.value) + str(after.value)[:40]
                        yield f"{path.relative_to(_PACKAGE)}:{value.lineno}: {shown}"


def _many(value: ast.FormattedValue) -> bool:
    """Return whether a value is a constant of the package, which is many, a mean, or no number."""
    if value.format_spec is not None and ast.unparse(value.format_spec).endswith("f'"):
        return True
    text = ast.unparse(value.value)
    return text.lstrip("_").isupper() or bool(_NO_COUNT.search(text))
