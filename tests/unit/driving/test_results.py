"""Who is best, and by which epoch."""

from __future__ import annotations

import math

from cerebro_db.driving.results import BestEpoch, Result, Results

NAN = math.nan


def standing(*results: tuple[float, float], best: BestEpoch = True) -> Result:
    found = Results(best=best)
    for epoch, (score, loss) in enumerate(results, 1):
        found.add(1, Result(epoch, score, loss))
    return found[1]


def test_the_best_epoch_stands_and_the_first_of_equals() -> None:
    assert standing((0.7, 0.5), (0.9, 0.6), (0.9, 0.1), (0.8, 0.1)).epoch == 2
    assert standing((0.7, 0.5), (0.9, 0.6), (0.8, 0.1), best=False).epoch == 3


def test_the_epoch_of_the_least_loss_stands_where_that_is_wanted() -> None:
    results = [(0.7, 0.5), (0.9, 0.6), (0.8, 0.4), (0.8, 0.4), (NAN, NAN), (0.9, math.inf)]
    assert standing(*results, best="loss").epoch == 3
    # Configurations are still ranked by the metric, as it was then.
    found = Results(best="loss")
    for config, epoch, score, loss in [(1, 1, 0.9, 0.5), (1, 2, 0.7, 0.4), (2, 1, 0.8, 0.6)]:
        found.add(config, Result(epoch, score, loss))
    assert (found[1].score, found.ranking()) == (0.7, [2, 1])


def test_where_no_epoch_has_a_value_the_loss_decides() -> None:
    assert standing((NAN, 0.5), (NAN, 0.3), (NAN, 0.4)).epoch == 2
    assert standing((NAN, NAN), (NAN, 0.4)).epoch == 2
    assert standing((NAN, 0.1), (0.5, 0.9), (NAN, 0.0)).epoch == 2


def test_the_ranking_leaves_out_who_failed_and_goes_by_number_at_last() -> None:
    found = Results(best=True)
    for config, score, loss in [
        (4, 0.5, 0.2),
        (1, NAN, 0.1),
        (3, 0.5, 0.2),
        (2, 0.9, 0.9),
        (5, 0.5, 0.1),
    ]:
        found.add(config, Result(1, score, loss))
    assert found.ranking() == [2, 5, 3, 4, 1]
    assert found.ranking({2}) == [5, 3, 4, 1]
    assert found.leader({2}) == 5
    assert Results(best=True).leader() is None


def test_a_search_is_told_a_finite_number_that_is_higher_where_it_is_better() -> None:
    values = [
        Result(1, *one).value for one in [(0.5, 1.0), (NAN, 0.3), (NAN, 0.2), (NAN, math.inf)]
    ]
    assert values[:3] == [0.5, -0.3, -0.2]
    assert values[3] < -1e300
    assert all(map(math.isfinite, values))
