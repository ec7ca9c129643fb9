"""Reads the text of the argument ``source``: the name of a table or view, or one SELECT."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from cerebro_db.errors import InvalidSource, LimitExceeded
from cerebro_db.words import counted

# Spaces and letters are never given back (*+): a text that nearly matches would take the square
# of its length.
_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*+)'
_RELATION = re.compile(rf"\s*+({_IDENTIFIER})(?:\s*+\.\s*+({_IDENTIFIER}))?\s*+;?\s*+")
_LIST = re.compile(rf"\s*+{_IDENTIFIER}\s*+(?:,\s*+{_IDENTIFIER}\s*+)*")

# Of a query. Its parser cannot be interrupted, and takes seconds for a text of this length.
_MAX_CHARACTERS = 256 * 1024

_HINT = "Name a table or view, or write one SELECT. A view of the query also works."


@dataclass(frozen=True)
class Source:
    """A relation (``schema`` is None: found on the search path) or a query, as a text names it."""

    text: str
    relation: str | None = None
    schema: str | None = None


def parse_source(text: str, argument: str = "source") -> Source:
    """Return what the text of a source names.

    Args:
        argument: where it was stated, for messages.

    Raises:
        InvalidSource: it is neither the name of a relation nor exactly one query.
        LimitExceeded: the query is too long, or nested too deeply.
    """
    if named := named_relation(text):
        schema, relation = named
        return Source(text.strip(), relation, schema)
    return Source(_one_query(text, argument))


def named_relation(text: str) -> tuple[str | None, str] | None:
    """Return schema, if it is stated, and name of the relation that a text names; None if none."""
    match = _RELATION.fullmatch(text)
    if match is None:
        return None
    first, second = match.groups()
    return (None, fold(first)) if second is None else (fold(first), fold(second))


def fold(identifier: str) -> str:
    """Return the name that an identifier means in SQL: as quoted, or in lower case."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    # PostgreSQL folds ASCII letters only in a multi-byte encoding.
    return re.sub("[A-Z]+", lambda letters: letters[0].lower(), identifier)


def split_identifiers(text: str) -> list[str] | None:
    """Return the names in a comma-separated list of SQL identifiers; None if it is none."""
    if not _LIST.fullmatch(text):
        return None
    return [fold(identifier) for identifier in re.findall(_IDENTIFIER, text)]


def _one_query(text: str, argument: str) -> str:
    if len(text) > _MAX_CHARACTERS:
        raise LimitExceeded(
            f"{argument} is too long",
            detail=f"It has {counted(len(text), 'character')}; "
            f"at most {_MAX_CHARACTERS:,} are read.",
            hint=_HINT,
        )
    try:
        tokens = sqlglot.tokenize(text, read="postgres")
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            text = text[: tokens.pop().start]
        statements = [statement for statement in sqlglot.parse(text, read="postgres") if statement]
    except SqlglotError as error:
        raise InvalidSource(
            f"{argument} cannot be read as a SELECT",
            detail=_place(error),
            hint=_HINT,
        ) from error
    except RecursionError:
        raise LimitExceeded(
            f"{argument} is nested too deeply",
            detail="Reading it takes more levels than Python has.",
            hint=_HINT,
        ) from None
    if len(statements) != 1:
        raise InvalidSource(
            f"{argument} must be one SELECT",
            detail=f"It holds {counted(len(statements), 'statement')}.",
            hint="Name a table or view, or write one SELECT.",
        )
    statement = statements[0]
    writes = statement.find(*_WRITES)
    if isinstance(statement, exp.Query | exp.Values) and writes is None:
        return text
    if writes is None and not isinstance(statement, exp.DDL | exp.Command | exp.DML | exp.Drop):
        raise InvalidSource(
            f"{argument} is neither the name of a table or view nor a SELECT",
            detail=f"It is {text[:100]!r}.",
            hint=f"To read it, write: select * from {text[:100]}",
        )
    raise InvalidSource(
        f"{argument} must be a SELECT that only reads",
        detail=f"It holds {(writes or statement).key.upper()}.",
        hint="Name a table or view, or write one SELECT.",
    )


# What a query may hold and still change something, if only locks.
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock)


def _place(error: SqlglotError) -> str:
    """Return where a text stops being SQL, without the parser's own words for it."""
    where = next(iter(getattr(error, "errors", [])), None)
    if not where or not where.get("line"):
        return "It is not SQL as PostgreSQL has it."
    near = where.get("highlight") or ""
    return f'It stops being SQL in line {where["line"]}, column {where["col"]}, near "{near}".'
