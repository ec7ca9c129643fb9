"""Who goes first where workers are bounded, and what becomes of those who ask for more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cerebro_db.driving.turns import in_front, superfluous
from cerebro_db.store.settings import Bounds, Share
from cerebro_db.store.turns import Idler, Party

DANA, EVE = "dana", "eve"


def test_what_fits_goes_at_once() -> None:
    trains = Party(DANA, 2)
    assert in_front(Party(EVE, 2), [trains], Bounds(4)) == []
    assert in_front(Party(EVE, 3), [trains], Bounds(4)) == [trains]


def test_a_small_one_does_not_overtake_a_large_one_that_waits() -> None:
    trains, large = Party(DANA, 3), Party(DANA, 2, ticket=1)
    assert in_front(large, [trains], Bounds(4)) == [trains]
    assert in_front(Party(EVE, 1), [trains, large], Bounds(4)) == [trains, large]
    assert in_front(Party(EVE, 1, ticket=2), [trains, large], Bounds(4)) == [trains, large]
    assert in_front(large, [trains, Party(EVE, 1, ticket=2)], Bounds(4)) == [trains]


def test_nobody_waits_behind_one_that_waits_for_its_own_role() -> None:
    bounds = Bounds(4, workers_per_role=2)
    trains, waits = Party(DANA, 2), Party(DANA, 1, ticket=1)
    assert in_front(waits, [trains], bounds) == [trains]
    assert in_front(Party(EVE, 2, ticket=2), [trains, waits], bounds) == []


def test_within_a_role_it_is_first_come_first_served() -> None:
    bounds = Bounds(8, workers_per_role=2)
    trains, waits = Party(DANA, 1), Party(DANA, 2, ticket=1)
    assert in_front(Party(DANA, 1, ticket=2), [trains, waits], bounds) == [trains, waits]


def test_bounds_that_were_lowered_stop_nobody_for_ever() -> None:
    assert in_front(Party(DANA, 4, ticket=1), [], Bounds(2, workers_per_role=1)) == []


parties = st.builds(
    Party,
    role=st.integers(1, 3),
    workers=st.integers(1, 4),
    ticket=st.none() | st.integers(1, 100),
)


@given(
    others=st.lists(parties, max_size=8, unique_by=lambda party: party.ticket or id(party)),
    workers=st.integers(4, 8),
    per_role=st.none() | st.integers(4, 8),
)
def test_somebody_always_goes_on_once_nobody_trains(
    others: list[Party], workers: int, per_role: int | None
) -> None:
    bounds = Bounds(workers, workers_per_role=per_role)
    waiting = [party for party in others if party.ticket is not None]
    training: list[Party] = []
    while waiting:
        ready = [
            party
            for party in waiting
            if not in_front(party, [*training, *(o for o in waiting if o != party)], bounds)
        ]
        assert ready
        # All who may go, one after the other, as they would through the turnstile.
        for party in ready:
            rest = [*training, *(other for other in waiting if other != party)]
            if not in_front(party, rest, bounds):
                waiting.remove(party)
                training.append(Party(party.role, party.workers))
        assert sum(party.workers for party in training) <= workers
        for role in {party.role for party in training} if per_role else ():
            assert sum(p.workers for p in training if p.role == role) <= (per_role or 0)
        training.clear()


def test_workers_that_idle_make_room_for_those_that_train() -> None:
    mine, older, newer = Idler(10, keeper=1), Idler(20, keeper=2), Idler(30, keeper=3)
    others, idlers = [Party(DANA, 2), Party(EVE, 4, ticket=1)], [mine, older, newer]

    def ended(workers: int, most: int) -> list[Idler]:
        return superfluous(Party(EVE, workers), others, idlers, 1, most)

    assert ended(1, most=8) == []
    assert ended(1, most=5) == []
    assert ended(1, most=4) == [newer]
    assert ended(2, most=4) == [older, newer]
    # Of its own it takes up but one, so the other one idles on like those of others.
    assert superfluous(Party(EVE, 1), others, [mine, Idler(11, 1)], 1, 3) == [Idler(11, 1)]


def test_what_is_asked_for_is_lowered_and_said_so() -> None:
    bounds = Bounds(8, workers_per_run=4, workers_per_role=6, threads=2, cache_mb=100)
    share, lines = bounds.lower(Share(workers=8, threads=2, cache_mb=1_024))
    assert share == Share(4, 2, 100)
    assert lines == [
        "workers is lowered from 8 to 4, the bound in cerebro.settings",
        "cache_mb is lowered from 1,024 to 100, the bound in cerebro.settings",
    ]
    assert bounds.lower(share) == (share, [])
