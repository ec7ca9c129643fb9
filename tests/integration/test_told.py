"""A cancel that strikes while a verb tells its caller a line is heeded, as anywhere else."""

from __future__ import annotations

import psycopg
import pytest
from fix_server import Connection
from psycopg.errors import QueryCanceled

from cerebro_db.testing.callers import eventually, working

# A verb that does nothing else: there is no other place for a cancel to strike.
TELLING = """
create function telling(way text, line text) returns void language plpython3u as $$
    import sys; "cerebro_db" in sys.modules or plpy.execute("select cerebro._load_package()")
    from cerebro_db.udf.context import verb

    @verb
    def tell(context):
        while True:
            getattr(context, way)(line)

    tell(plpy)
$$
"""


@pytest.fixture(scope="module", autouse=True)
def telling(connection: Connection) -> None:
    connection.execute(TELLING.encode())


@pytest.mark.parametrize("encoding", ["UTF8", "KOI8R"])
@pytest.mark.parametrize("line", ["plain", r"\u00e9t\u00e9"])
@pytest.mark.parametrize("way", ["notice", "info"])
def test_a_cancel(dsn: str, way: str, line: str, encoding: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute(f"set client_encoding = {encoding}".encode())
        heard: list[str | None] = []
        session.add_notice_handler(lambda notice: heard.append(notice.message_primary))
        call = f"select telling(%s, E'{line}')".encode()
        with working(session, lambda session: session.execute(call, [way])) as caller:
            eventually(lambda: len(heard) > 100)
            session.cancel_safe()
            caller.finish()
    assert isinstance(caller.error, QueryCanceled)
    letters = {"UTF8": "été", "KOI8R": r"\xe9t\xe9"}
    assert set(heard) == {line if line == "plain" else letters[encoding]}
