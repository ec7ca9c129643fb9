"""The options of a run, as they are stated and as rows of before have them."""

from __future__ import annotations

from typing import Any

import pytest

from cerebro_db.driving.options import Options
from cerebro_db.errors import InvalidArgument


@pytest.mark.parametrize("wanted", [True, False, "loss"])
def test_which_epochs_count_is_stated_and_stored(wanted: bool | str) -> None:
    found = Options.parse({"restore_best": wanted})
    assert Options.stored(vars(found)).restore_best == found.restore_best == wanted


@pytest.mark.parametrize("wrong", ["auc", 1.5, "true", []])
def test_another_epoch_than_best_and_last_does_not_count(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="restore_best"):
        Options.parse({"restore_best": wrong})


def test_last_epochs_count_in_runs_of_before() -> None:
    """As the views have it; all else is as it was, and what is gone since is left out."""
    found = Options.stored({"keep": 7, "forgotten": True})
    assert (found.restore_best, found.keep) == (False, 7)


@pytest.mark.parametrize("option", ["cache_mb", "ensemble"])
def test_an_option_from_0_is_an_integer(option: str) -> None:
    for value in (0, 3):
        assert getattr(Options.parse({option: value}), option) == value
    for wrong in (0.0, 1.5, True, -1, "0"):
        with pytest.raises(InvalidArgument, match=f'option "{option}" cannot be'):
            Options.parse({option: wrong})


def test_no_ensemble_is_false_and_no_cache_is_0() -> None:
    assert Options.parse({"ensemble": False}).ensemble == 0
    with pytest.raises(InvalidArgument, match="cache_mb"):
        Options.parse({"cache_mb": False})
