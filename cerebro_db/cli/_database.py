"""The common parts of all commands: the connection option, and errors made for people."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import psycopg
from psycopg.rows import DictRow, dict_row

Connection = psycopg.Connection[DictRow]

dsn_option: Callable[..., Any] = click.option(
    "--dsn", default="", metavar="CONNINFO", help="Where to connect; libpq's defaults otherwise."
)


@contextmanager
def connected(dsn: str) -> Iterator[Connection]:
    """Open a connection in autocommit; end the program with a readable message on an SQL error."""
    try:
        with psycopg.connect(
            dsn, autocommit=True, row_factory=dict_row, application_name="cerebro-db"
        ) as connection:
            connection.add_notice_handler(_show_notice)
            yield connection
    except psycopg.Error as error:
        show_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("cancelled", err=True)
        sys.exit(130)


@contextmanager
def cancelled_by_interrupt(connection: Connection) -> Iterator[None]:
    """Let Ctrl-C cancel the statement that runs inside a with block.

    A KeyboardInterrupt would be lost where it strikes while a notice is being shown.
    """
    before = signal.signal(signal.SIGINT, lambda *_: connection.cancel_safe())
    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, before)


def show_error(error: psycopg.Error) -> None:
    """Tell what went wrong, with DETAIL and HINT."""
    click.secho(f"error: {_first_line(error)}", fg="red", err=True)
    for label, text in (("detail", error.diag.message_detail), ("hint", error.diag.message_hint)):
        if text:
            click.echo(f"{label}: {text}", err=True)


def _show_notice(diagnostic: psycopg.errors.Diagnostic) -> None:
    click.echo(diagnostic.message_primary, err=True)


def _first_line(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip()
