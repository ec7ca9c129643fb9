"""The SQL of docs/, which tests run as it stands there."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import psycopg

_DOCS = Path(__file__).parents[1] / "docs"


def page(name: str) -> str:
    """Return the text of a page in docs."""
    return (_DOCS / name).read_text()


def documented(heading: str, name: str = "dba.md") -> list[str]:
    """Return the SQL of a section of a page in docs, block by block."""
    section = page(name).split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


def let_train(connection: psycopg.Connection[Any], user: str) -> None:
    """Create a role that may do what the documentation says that it takes to train."""
    create_role, grant = documented("## Rights")[0].split(";")[:2]
    # Roles are the server's, rights the database's.
    with contextlib.suppress(psycopg.errors.DuplicateObject):
        connection.execute(create_role.encode())
    connection.execute(grant.encode())
    connection.execute(f"create role {user} login in role data_science".encode())
