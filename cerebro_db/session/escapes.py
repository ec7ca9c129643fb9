"""Statements and errors in ASCII alone, for backends whose database is not in UTF8.

PL/Python takes the text of a statement, and that of an error, for UTF8 as it stands. Parameters and
results it converts, and what a statement spells in Unicode escapes the server does.
"""

from __future__ import annotations

import re
from typing import Any

# What psycopg.sql composes of names and values.
_QUOTED = re.compile(
    r"""(?P<name>"(?:[^"]|"")*")|(?P<escaped>E'(?:[^'\\]|''|\\.)*')|(?P<plain>'(?:[^']|'')*')""",
    re.DOTALL,
)
# What cerebro._run_statement makes of a message.
_MESSAGE = re.compile("utf8:([0-9a-f]*)")


def spelled(statement: str) -> str:
    """Return a statement whose quoted names and strings have Unicode escapes for what is not ASCII.

    Raises:
        ValueError: something else in it is not ASCII.
    """
    if statement.isascii():
        return statement
    text = _QUOTED.sub(_spelled, statement)
    if not text.isascii():
        raise ValueError(f"a statement has letters beyond ASCII outside of quotes: {text!r}")
    return text


def heard(error: Any) -> None:
    """Put into a plpy.SPIError of cerebro._run_statement what the statement's own error said."""
    match = _MESSAGE.fullmatch(str(error))
    if match is None:
        return
    code, detail, hint, *rest = error.spidata
    error.args = (_text(match[1]),)
    error.spidata = (code, _text(detail), _text(hint), *rest)


def _text(digits: str | None) -> str | None:
    return bytes.fromhex(digits).decode() if digits else None


def _spelled(match: re.Match[str]) -> str:
    token = match[0]
    if token.isascii():
        return token
    if match["name"]:
        return "U&" + _with_escapes(token.replace("\\", "\\\\"), "\\{:04X}", "\\+{:06X}")
    if match["plain"]:
        token = "E" + token.replace("\\", "\\\\")
    return _with_escapes(token, "\\u{:04X}", "\\U{:08X}")


def _with_escapes(token: str, short: str, long: str) -> str:
    def escape(match: re.Match[str]) -> str:
        code = ord(match[0])
        return (short if code < 0x10000 else long).format(code)

    return re.sub(r"[^\x00-\x7f]", escape, token)
