"""The ways between the statuses of a configuration."""

from __future__ import annotations

from typing import get_args

import pytest

from cerebro_db.driving.life import OPEN, TRAINING, TRANSITIONS, Life, Progress
from cerebro_db.store.configs import Status


def life(status: Status) -> Life:
    networks = {0: Progress(done=0, steps=2, at_hand=True)}
    return Life(config=1, status=status, networks=networks, until=1, epochs=2, walk=1)


def reachable(status: Status) -> set[Status]:
    found: set[Status] = set()
    coming = {status}
    while coming:
        found |= coming
        coming = {after for before in coming for after in TRANSITIONS[before]} - found
    return found


def test_each_status_has_its_ways_and_can_be_come_to() -> None:
    assert TRANSITIONS.keys() == set(get_args(Status))
    assert reachable("waiting") == set(get_args(Status))


def test_what_is_open_can_end_in_each_way_that_people_see() -> None:
    for status in OPEN:
        assert reachable(status) >= {"resting", "finished", "stopped", "failed"}
    assert TRAINING < OPEN


def test_who_diverged_stays_so() -> None:
    assert reachable("diverged") == {"diverged"}


@pytest.mark.parametrize(
    ("before", "after"), [("finished", "running"), ("stopped", "finished"), ("resting", "paused")]
)
def test_there_is_no_other_way(before: Status, after: Status) -> None:
    one = life(before)
    with pytest.raises(ValueError, match=f"is {before}, it cannot be {after}"):
        one.to(after)
    assert one.status == before


def test_a_move_says_why() -> None:
    one = life("running")
    one.to("stopped", "12th of 81")
    assert (one.status, one.reason) == ("stopped", "12th of 81")
