"""The workers of one run: opened together, replaced when they are lost, let go together."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg

from cerebro_db.engines.sessions.vacancies import Vacancies
from cerebro_db.engines.sessions.workers import Worker, Workers
from cerebro_db.errors import NoConnection, Shortage, shortage_of
from cerebro_db.session.job import go_on
from cerebro_db.session.messages import message_of

# How long cancelled statements may take to end before their sessions are closed under them.
_CANCEL_SECONDS = 1.5


class Crew:
    """Numbered workers, each for segments of its own.

    A worker that is lost is replaced, after a while if need be; if none can be had, the others go
    on without it.

    Args:
        sessions: where worker sessions come from.
        segments: where the rows can be; workers share them out, or several share one.
        count: how many workers to open. Opening returns at once; they get ready meanwhile.
    """

    def __init__(self, sessions: Workers, segments: Sequence[int], count: int) -> None:
        self._sessions = sessions
        self._vacancies = Vacancies()
        self._workers: dict[int, Worker] = {}
        self.segments = {number: segments_of(number, count, segments) for number in range(count)}
        """The segments of each worker that is there, or is still being replaced."""
        try:
            for number, own in list(self.segments.items()):
                try:
                    self._workers[number] = sessions.take(own)
                except NoConnection as error:
                    if not self._workers:
                        raise
                    # The others begin, and it is tried again.
                    self.lose(number, error)
            sessions.close_others(self.segments.values())
        except BaseException:
            self.cancel()
            raise

    def __getitem__(self, number: int) -> Worker:
        """Return a worker that is there."""
        return self._workers[number]

    @property
    def idle(self) -> list[int]:
        """The workers that have nothing to do."""
        return [number for number, worker in self._workers.items() if worker.job is None]

    @property
    def busy(self) -> list[int]:
        """The workers that have something to do."""
        return [number for number, worker in self._workers.items() if worker.job is not None]

    @property
    def pids(self) -> list[int]:
        """The processes of the workers that are there."""
        return [worker.pid for worker in self._workers.values()]

    def advance(self, seconds: float) -> list[int]:
        """Let jobs go on, for so long at most; return the workers whose jobs are over."""
        jobs = {job: number for number, worker in self._workers.items() if (job := worker.job)}
        return [jobs[job] for job in go_on(jobs, seconds)]

    def proven(self, number: int) -> None:
        """Note that a worker has done something to its end."""
        self._vacancies.filled(number)

    def lose(
        self, number: int, error: psycopg.Error | NoConnection, *, rests: bool = False
    ) -> None:
        """Note that a worker is gone, or could not be replaced now.

        Args:
            number: its place.
            error: why.
            rests: whether it is still there, and of use once there is room for what it does.

        Raises:
            NoConnection, Shortage: it was the last one, and is given up.
        """
        worker = self._workers.pop(number, None)
        if worker is not None:
            if rests:
                self._sessions.give_back(worker)
            else:
                worker.connection.close()
        if self._vacancies.open(number):
            return
        del self.segments[number]
        if not self.segments:
            raise _none_left(error)

    def replace(self) -> list[int]:
        """Open sessions in the places of lost workers, where it is time to try.

        Returns:
            Those that are free at once, because they were warm.

        Raises:
            NoConnection: the last place is given up.
        """
        tried = self._vacancies.due()
        for number in tried:
            try:
                self._workers[number] = self._sessions.take(self.segments[number])
            except (NoConnection, psycopg.OperationalError) as error:
                self.lose(number, error)
        return [number for number in self.idle if number in tried]

    def cancel(self) -> None:
        """Stop all that is in flight and close all sessions."""
        # Greenplum turns each of the signals of one cancel into an interrupt of its own, which
        # strikes where Python makes a call. What one has broken off, the next attempt does.
        try:
            try:
                self._cancel()
            finally:
                self._cancel()
        finally:
            self._cancel()

    def close(self) -> list[int]:
        """Give back the workers that idle or get ready; close those that do something else.

        Returns:
            The processes of those that get ready.
        """
        kept = []
        try:
            for number in self.idle:
                self._sessions.give_back(self._workers.pop(number))
            for number in self.busy:
                if not self._workers[number].ready:
                    worker = self._workers.pop(number)
                    self._sessions.keep(worker)
                    kept.append(worker.pid)
        finally:
            self.cancel()
        return kept

    def _cancel(self) -> None:
        deadline = time.monotonic() + _CANCEL_SECONDS
        for worker in self._workers.values():
            if worker.job is not None:
                worker.job.abandon()
        try:
            while self.busy and (left := deadline - time.monotonic()) > 0:
                for number in self.advance(left):
                    self._workers[number].job = None
        finally:
            stuck = [self._workers[number] for number in self.busy]
            for worker in self._workers.values():
                worker.connection.close()
            self._workers.clear()
            self._sessions.leave(stuck)


def segments_of(worker: int, workers: int, segments: Sequence[int]) -> tuple[int, ...]:
    """Return the segments of a worker: one, or several where there are fewer workers than segments.

    Workers beyond the number of segments start over with the first one.
    """
    if workers >= len(segments):
        return (segments[worker % len(segments)],)
    return tuple(segments[worker::workers])


def _none_left(error: psycopg.Error | NoConnection) -> NoConnection | Shortage:
    """Return why a run cannot go on, by what ended the last attempt to have a worker."""
    message = "the run has lost all its workers, and can have no new one"
    detail = f"The last attempt ended with: {in_one_line(error)}"
    if short := shortage_of(error):
        hint = "Make room, and go on with the run: cerebro_resume."
        return Shortage(message, sqlstate=short, detail=detail, hint=hint)
    return NoConnection(
        message,
        detail=detail,
        hint="See the server's log; a worker needs a connection and about 1 GB of memory. Then"
        " cerebro_resume goes on with the run.",
    )


def in_one_line(error: psycopg.Error | NoConnection) -> str:
    """Return an error with its detail, whole."""
    detail = error.detail if isinstance(error, NoConnection) else error.diag.message_detail
    return " ".join("; ".join(part for part in (message_of(error), detail) if part).split())
