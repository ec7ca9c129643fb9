"""What the contest finds: a result for each run of a contestant, in a file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One contestant on one set, once.

    Args:
        set: its name.
        contestant: its title.
        error: as ``measures.TITLES`` has it by kind.
        log_loss: of classes; None for regression.
        seconds: of the clock, from the start of its process to its end.
        cpu: processor seconds of its processes and of the server's.
        load: of the machine, when it began.
        stated: how many seconds it was told to take, if it was.
    """

    set: str
    contestant: str
    round: int
    error: float
    log_loss: float | None
    seconds: float
    cpu: float
    load: float
    stated: float | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What was run."""
        return self.set, self.contestant, self.round


@dataclass
class Results:
    """All results, and the machine that they are of.

    Args:
        machine: as ``benchmarks.machine`` describes it.
    """

    machine: dict[str, str] = field(default_factory=dict)
    found: list[Result] = field(default_factory=list)

    @classmethod
    def read(cls, files: Sequence[Path]) -> Results:
        """Return what files keep: of what was run twice, the first counts. None need exist."""
        documents = [json.loads(file.read_text()) for file in files if file.exists()]
        machine = documents[0]["machine"] if documents else {}
        kept: dict[tuple[str, str, int], Result] = {}
        for document in documents:
            for result in document["found"]:
                one = Result(**result)
                kept.setdefault(one.key, one)
        return cls(machine, list(kept.values()))

    def write(self, file: Path) -> None:
        """Write them as JSON; whoever reads meanwhile finds the ones before."""
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self), indent=1) + "\n")
        beside.replace(file)
