"""Free text: words of a learned vocabulary, or hashed, as padded sequences of ids."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cerebro_db.dataset.columns import Column, Form, Values
from cerebro_db.dataset.features._base import Feature, Fitter, Options
from cerebro_db.dataset.features._lengths import Lengths
from cerebro_db.dataset.features._same import Sameness
from cerebro_db.words import counted

MAX_WORDS = 20_000
# Distinct words held while counting; beyond it the words seen once so far are forgotten.
_COUNTED = 500_000
_WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
_PAD, _UNKNOWN, _FIRST = 0, 1, 2


@dataclass(frozen=True)
class Text(Feature):
    """Word ids (length,): 0 pads, 1 is an unknown word; NULL is all padding."""

    length: int
    words: int
    """The number of ids."""
    vocabulary: tuple[str, ...]
    """The words of the ids from 2; empty if words are hashed."""

    kind = "text"
    slot = "text"

    @property
    def form(self) -> Form:
        return "text"

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.words,)

    @property
    def options(self) -> dict[str, Any]:
        method = "vocabulary" if self.vocabulary else "hash"
        return {"method": method, "words": self.words, "length": self.length}

    def encode(self, values: Values) -> np.ndarray:
        encoded = np.full((len(values), self.length), _PAD, np.int32)
        for row, value in zip(encoded, values, strict=True):
            if value is not None:
                ids = [self._id(word) for word in words_of(value)[: self.length]]
                row[: len(ids)] = ids
        return encoded

    def _id(self, word: str) -> int:
        if self.vocabulary:
            return self._ids.get(word, _UNKNOWN)
        return _FIRST + zlib.crc32(word.encode()) % (self.words - _FIRST)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.vocabulary, start=_FIRST)}


class TextFitter(Fitter):
    """Counts words and lengths."""

    def __init__(self, column: Column, options: Options, why: str) -> None:
        super().__init__(column, options, why)
        self._hashed = options.get("method") == "hash"
        self._words: Counter[str] = Counter()
        self._lengths = Lengths()
        self._same = Sameness()

    def learn(self, values: Values, null: np.ndarray) -> None:
        self._same.update(value.encode() for value in values if value is not None)
        for value in values:
            if value is None:
                continue
            words = words_of(value)
            self._lengths.update([len(words)])
            if not self._hashed:
                self._words.update(words)
        self._forget()

    def partial(self) -> dict[str, Any]:
        return super().partial() | {
            "words": dict(self._words),
            "lengths": self._lengths.partial(),
            "same": self._same.partial(),
        }

    def merge(self, partial: Mapping[str, Any]) -> None:
        super().merge(partial)
        self._words.update(partial["words"])
        self._lengths.merge(partial["lengths"])
        self._same.merge(partial["same"])
        self._forget()

    def useless(self) -> str | None:
        if self.nulls or self._same.differ:
            return None
        return f"the same text in all {counted(self.rows, 'training row')}"

    def finish(self) -> Text:
        most = self.options.get("words", MAX_WORDS)
        ranked = sorted(self._words.items(), key=lambda item: (-item[1], item[0]))
        vocabulary = tuple(word for word, _ in ranked[:most])
        return Text(
            column=self.column.name,
            type=self.column.type,
            why=self.why,
            missing=self.nulls > 0,
            null_share=self.null_share,
            length=self.options.get("length") or self._lengths.usual,
            words=_FIRST + (len(vocabulary) or most),
            vocabulary=vocabulary,
        )

    def _forget(self) -> None:
        if len(self._words) > _COUNTED:
            self._words = Counter({word: n for word, n in self._words.items() if n > 1})


def words_of(text: str) -> list[str]:
    """Return the words and marks of a text in lower case."""
    return _WORD.findall(text.lower())
