"""What statements of ours mean when they are spelled in ASCII, asked of a server."""

from __future__ import annotations

import pytest
from fix_server import Connection
from psycopg import sql

from cerebro_db.session.escapes import spelled

WORDS = ["é", "ab\\é", "'é'", '"é"', "é\\\\'\"", "\U0001f600é", "E'é", "\\u00e9é", "U&é", "'', é"]


@pytest.mark.parametrize("word", WORDS)
def test_names_and_strings_mean_the_same(connection: Connection, word: str) -> None:
    statement = (
        sql.SQL("select {0} as {1}, 'plain' as a, {2} as b")
        .format(sql.Literal(word), sql.Identifier(word), sql.Literal([word]))
        .as_string(None)
    )
    text = spelled(statement)
    assert text.isascii()
    given, found = connection.execute(statement.encode()), connection.execute(text.encode())
    assert found.fetchall() == given.fetchall()
    assert [column.name for column in found.description or ()] == [word, "a", "b"]


def test_what_is_not_quoted_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="outside of quotes"):
        spelled("select 'é' as é")
