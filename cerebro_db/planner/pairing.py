"""The pairing of free workers with resting networks.

Workers that reach the same partitions make one *site*: all workers of one server, or those of one
segment. A site knows who is free there and where networks rest, so nobody is asked in vain:
a pair is found as fast among a thousand starved workers as among none.
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import heapify, heappop, heappush

from cerebro_db.units import Network, Slot


class Pairing:
    """Free workers and resting networks, until they are paired.

    Among the partitions where networks rest, a worker prefers one that it holds, then one
    that is its own by rotation, so that caches stay small; there it takes the one with the most
    work left. Where more workers are free than partitions wanted, a partition chooses
    instead: the worker whose own it is, or else whoever was freed last.

    Args:
        partitions: number of partitions.
    """

    def __init__(self, partitions: int) -> None:
        # By partition: heaps of (units done, network), and the sites that reach it.
        self._resting: list[list[tuple[int, Network]]] = [[] for _ in range(partitions)]
        self._reaching: list[list[_Site]] = [[] for _ in range(partitions)]
        self._sites: dict[frozenset[int], _Site] = {}
        # Where each worker was last.
        self._at: dict[int, _Site] = {}
        # Where something came since: a pair can be nowhere else.
        self._stirred: list[_Site] = []

    def offer(self, slot: Slot) -> None:
        """Take in a worker that became free, or that is and reaches other partitions now."""
        site = self._sites.get(slot.reachable) or self._open(slot.reachable)
        self._at.get(slot.worker, site).free.pop(slot.worker, None)
        self._at[slot.worker] = site
        site.offer(slot)
        self._stirred.append(site)

    def rest(self, network: Network, done: int, partition: int) -> None:
        """Take in a network that goes on to a partition, after so many units."""
        heappush(self._resting[partition], (done, network))
        for site in self._reaching[partition]:
            site.wanted.add(partition)
            self._stirred.append(site)

    def withdraw(self, network: Network, done: int, partition: int) -> None:
        """Take out a network that rests."""
        self._resting[partition].remove((done, network))
        heapify(self._resting[partition])
        self._left(partition)

    def next(self) -> tuple[int, Network] | None:
        """Take out a worker and the network that it should train, if any two suit."""
        while self._stirred:
            site = self._stirred[-1]
            if site.free and site.wanted:
                worker, partition = site.pair(self._resting)
                _, network = heappop(self._resting[partition])
                self._left(partition)
                return worker, network
            self._stirred.pop()
        return None

    def _open(self, reachable: frozenset[int]) -> _Site:
        site = self._sites[reachable] = _Site(reachable)
        for partition in reachable:
            self._reaching[partition].append(site)
            if self._resting[partition]:
                site.wanted.add(partition)
        return site

    def _left(self, partition: int) -> None:
        """Tell the sites where nobody rests any longer."""
        if not self._resting[partition]:
            for site in self._reaching[partition]:
                site.wanted.remove(partition)


class _Site:
    """Workers that reach the same partitions: who is free, and where somebody rests."""

    def __init__(self, reachable: frozenset[int]) -> None:
        self.free: dict[int, Slot] = {}
        self.wanted: set[int] = set()
        # Rotation: partition i is the own of worker i modulo the number of workers seen so far.
        self._partitions = sorted(reachable)
        self._workers: list[int] = []
        self._ranks: dict[int, int] = {}

    def offer(self, slot: Slot) -> None:
        self.free[slot.worker] = slot
        if slot.worker not in self._ranks:
            self._ranks[slot.worker] = len(self._workers)
            self._workers.append(slot.worker)

    def pair(self, resting: list[list[tuple[int, Network]]]) -> tuple[int, int]:
        """Take out a free worker, and say to which partition it goes."""
        if len(self.free) > len(self.wanted):
            partition = next(iter(self.wanted))
            owner = self._owner(partition)
            worker = owner if owner in self.free else next(reversed(self.free))
            del self.free[worker]
        else:
            worker, slot = self.free.popitem()
            candidates = self.wanted & slot.cached or self._own(worker) or self.wanted
            partition = min(candidates, key=lambda candidate: resting[candidate][0])
        return worker, partition

    def _owner(self, partition: int) -> int:
        return self._workers[bisect_left(self._partitions, partition) % len(self._workers)]

    def _own(self, worker: int) -> set[int]:
        own = self._partitions[self._ranks[worker] :: len(self._workers)]
        return self.wanted.intersection(own)
