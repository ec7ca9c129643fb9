"""Who takes whom: reach, preferences, and that nobody is asked in vain."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any, ClassVar

import pytest

from cerebro_db.planner.pairing import Pairing
from cerebro_db.units import Network, Slot


def test_a_worker_gets_only_what_it_reaches() -> None:
    pairing = Pairing(partitions=2)
    pairing.rest(Network(7), done=0, partition=0)
    pairing.offer(Slot(0, frozenset({1})))
    assert pairing.next() is None
    pairing.offer(Slot(1, frozenset({0})))
    assert pairing.next() == (1, Network(7))
    pairing.rest(Network(7), done=1, partition=1)
    assert pairing.next() == (0, Network(7))
    assert pairing.next() is None


def test_a_free_worker_may_come_to_reach_more() -> None:
    """As those do who take over the segment of a worker that was lost."""
    pairing = Pairing(partitions=2)
    pairing.offer(Slot(0, frozenset({0})))
    pairing.rest(Network(7), done=0, partition=1)
    assert pairing.next() is None
    pairing.offer(Slot(0, frozenset({0, 1})))
    assert pairing.next() == (0, Network(7))
    pairing.rest(Network(8), done=0, partition=0)
    assert pairing.next() is None


def test_a_worker_prefers_what_it_holds() -> None:
    pairing = Pairing(partitions=3)
    for config in range(3):
        pairing.rest(Network(config), done=config, partition=config)
    pairing.offer(Slot(0, frozenset(range(3)), cached=frozenset({2})))
    assert pairing.next() == (0, Network(2))


def test_the_configuration_with_most_work_left_goes_first() -> None:
    pairing = Pairing(partitions=2)
    for config, done in enumerate([4, 2, 3, 1]):
        pairing.rest(Network(config), done, partition=config // 2)
    taken = []
    for _ in range(4):
        pairing.offer(Slot(0, frozenset(range(2))))
        taken.append(pairing.next())
    assert taken == [(0, Network(config)) for config in (3, 1, 2, 0)]


def test_who_withdrew_is_not_taken() -> None:
    pairing = Pairing(partitions=1)
    for config in range(3):
        pairing.rest(Network(config), done=0, partition=0)
    pairing.withdraw(Network(0), done=0, partition=0)
    for worker in range(3):
        pairing.offer(Slot(worker, frozenset({0})))
    assert sorted(network.config for _, network in iter(pairing.next, None)) == [1, 2]


def test_workers_that_hold_nothing_share_out_the_partitions() -> None:
    """On a segment too, whatever the numbers of its workers and partitions."""
    pairing = Pairing(partitions=12)
    reachable = frozenset({1, 4, 7, 10})
    seen = defaultdict(set)
    for partition in reachable:
        for config in range(10):
            pairing.rest(Network(10 * partition + config), 0, partition)
    for _ in range(20):
        for worker in (3, 6):
            pairing.offer(Slot(worker, reachable))
        for worker, network in list(iter(pairing.next, None)):
            seen[worker].add(network.config // 10)
    assert {worker: len(partitions) for worker, partitions in seen.items()} == {3: 2, 6: 2}


class WatchedSlot(Slot):
    """Notes whose slots are looked at."""

    looked_at: ClassVar[set[int]] = set()

    def __getattribute__(self, name: str) -> Any:
        WatchedSlot.looked_at.add(super().__getattribute__("worker"))
        return super().__getattribute__(name)


@pytest.mark.parametrize("configs", [3, 100])
@pytest.mark.parametrize("pinned", [True, False])
def test_no_decision_looks_at_other_free_workers(configs: int, pinned: bool) -> None:
    partitions = 50
    reach = [frozenset({w} if pinned else range(partitions)) for w in range(partitions)]
    pairing = Pairing(partitions)
    for config in range(configs):
        pairing.rest(Network(config), 0, config % partitions)
    for worker in range(partitions):
        pairing.offer(WatchedSlot(worker, reach[worker]))
    running: deque[tuple[int, Network]] = deque()
    started = 0
    while started < 500:
        WatchedSlot.looked_at.clear()
        pair = pairing.next()
        if pair is not None:
            assert WatchedSlot.looked_at <= {pair[0]}
            running.append(pair)
            started += 1
        else:
            worker, network = running.popleft()
            pairing.rest(network, started, (network.config + started) % partitions)
            assert not WatchedSlot.looked_at
            pairing.offer(WatchedSlot(worker, reach[worker]))
            assert WatchedSlot.looked_at == {worker}
