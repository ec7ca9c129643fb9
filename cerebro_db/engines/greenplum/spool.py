"""Chunks on their way from the session that packed them to the one that commits them.

They wait in files in the segment's own folder for temporary files, named so that the server removes
at its next start what a crash left there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# A server's process stands in its data directory.
_FOLDER = Path("base/pgsql_tmp")
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class SpooledChunk:
    """A chunk as ``engines.greenplum.packing`` numbers it: by extent, and by place in it."""

    extent: int
    seq: int
    rows: int
    payload: bytes


def put(token: str, chunk: SpooledChunk) -> None:
    """Leave a chunk here, for whoever knows the token."""
    _FOLDER.mkdir(mode=0o700, exist_ok=True)
    path = _FOLDER / f"{_prefix(token)}{chunk.extent}_{chunk.seq}_{chunk.rows}"
    path.touch(mode=0o600)
    path.write_bytes(chunk.payload)


def take(token: str) -> SpooledChunk | None:
    """Return one of the chunks that were left on this segment, which is gone with that; the first
    in the order of their names, None when all are gone."""
    path = min(_paths(token), default=None)
    if path is None:
        return None
    extent, seq, rows = map(int, path.name.removeprefix(_prefix(token)).split("_"))
    payload = path.read_bytes()
    path.unlink()
    return SpooledChunk(extent, seq, rows, payload)


def discard(token: str) -> int:
    """Remove the chunks that were left on this segment; return how many there were."""
    paths = _paths(token)
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _paths(token: str) -> list[Path]:
    return list(_FOLDER.glob(f"{_prefix(token)}*"))


def _prefix(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise ValueError("a token has 32 hexadecimal digits")
    return f"pgsql_tmp_cerebro_{token}_"
