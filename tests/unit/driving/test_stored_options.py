"""The options of a run, as they are stated and as rows of before have them."""

from __future__ import annotations

from cerebro_db.driving.options import Options


def test_best_epochs_count_unless_somebody_says_otherwise() -> None:
    assert Options.parse({}).restore_best
    assert not Options.parse({"restore_best": False}).restore_best
    assert Options.stored(vars(Options())).restore_best


def test_last_epochs_count_in_runs_of_before() -> None:
    """As the views have it; all else is as it was, and what is gone since is left out."""
    found = Options.stored({"keep": 7, "forgotten": True})
    assert (found.restore_best, found.keep) == (False, 7)
