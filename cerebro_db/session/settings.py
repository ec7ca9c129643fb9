"""Settings of a session for the time of a few statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cerebro_db.session._base import Session


@contextmanager
def settings(session: Session, values: Mapping[str, str]) -> Iterator[None]:
    """Have these settings inside of a with block."""
    before = {
        name: session.fetch("select current_setting($1::text) as value", name)[0]["value"]
        for name in values
    }
    for name, value in values.items():
        session.fetch("select set_config($1::text, $2::text, false)", name, value)
    # After an error the end of the transaction takes the settings back.
    yield
    for name, value in before.items():
        session.fetch("select set_config($1::text, $2::text, false)", name, value)
