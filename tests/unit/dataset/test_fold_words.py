"""The words by which people ask for cross-validation."""

from __future__ import annotations

import pytest

from cerebro_db.dataset.request.folds import folds_in
from cerebro_db.errors import InvalidArgument


@pytest.mark.parametrize(
    "words",
    [
        "5 folds",
        "5 fold",
        "5-fold",
        "5fold",
        " 5 Folds ",
        "5-fold cv",
        "5-fold cross-validation",
        "5 fold cross validation",
        "cv 5",
        "cv=5",
        "cv: 5",
        "CV(5)",
        "kfold 5",
        "k-fold=5",
        "KFold(5)",
        "folds=5",
        "5 k-folds",
        "cross-validation 5",
        "stratified k-fold 5",
        "5 cv",
    ],
)
def test_it_is_understood(words: str) -> None:
    assert folds_in(words) == 5


@pytest.mark.parametrize(
    "words", ["0.2", "5", "folds", "holdout", "fold_5 x", "select 5", "twofold"]
)
def test_what_says_something_else_is_left_alone(words: str) -> None:
    assert folds_in(words) is None


@pytest.mark.parametrize("words", ["1 fold", "0 folds", "101 folds"])
def test_too_few_or_many_are_refused(words: str) -> None:
    with pytest.raises(InvalidArgument, match="2 to 100 folds"):
        folds_in(words)
