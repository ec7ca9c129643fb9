"""cerebro-db doctor: checks what the project needs, and says how to mend what it finds."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click
import psycopg

from cerebro_db import __version__
from cerebro_db.cli._database import Connection, connected, dsn_option
from cerebro_db.model.frameworks import SPOKEN, Framework
from cerebro_db.platforms import JAX, TENSORFLOW, TORCH, ServerVersion, server_of, standing
from cerebro_db.words import counted

_FULL_NAME = re.compile(
    r"Greenplum Database [\w.]+|(?:Apache )?Cloudberry(?: Database)? [\w.]+|PostgreSQL [\w.]+"
)
# With how their versions have to begin.
_FRAMEWORKS: dict[Framework, str] = {
    "tensorflow": f"{TENSORFLOW}.",
    "jax": f"{JAX}.",
    "torch": f"{TORCH}.",
}
_PACKAGES = {"keras": "", "psycopg": "", "sqlglot": ""}
_OTHER_PLATFORM = (
    "docs/platforms.md says on which systems cerebro_db runs, and what to install there."
)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what was found, and what to do if that is not well."""

    subject: str
    found: str
    remedy: str = ""


@click.command()
@dsn_option
def doctor(dsn: str) -> None:
    """Check the server, its Python, versions and your rights."""
    with connected(dsn) as connection:
        findings = list(_examine(connection))
    for finding in findings:
        mark = click.style("mend", fg="red") if finding.remedy else click.style(" ok ", fg="green")
        click.echo(f"[{mark}] {finding.subject}: {finding.found}")
        if finding.remedy:
            click.echo(f"       {finding.remedy}")
    if any(finding.remedy for finding in findings):
        sys.exit(1)


def _examine(connection: Connection) -> Iterator[Finding]:
    """Yield findings; end early where nothing further can be checked."""
    text = _version(connection)
    yield _server(text)
    if connection.execute(_LANGUAGE).fetchone() is None:
        yield Finding(
            "PL/Python",
            "this server offers no plpython3u",
            "On the server's machine, make install installs it. On a managed service that does not "
            f"offer it cerebro_db cannot run. {_OTHER_PLATFORM}",
        )
        return
    extension = connection.execute(_EXTENSION).fetchone()
    if extension is None:
        yield Finding(
            "extension files", "not there", "Install them on the server's machine: make install."
        )
        return
    installed = extension["installed_version"]
    if installed is None:
        yield Finding(
            "extension",
            f"available ({extension['default_version']}), not created in this database",
            "As a superuser: create extension plpython3u; create extension cerebro_db.",
        )
        return
    yield Finding(
        "extension",
        f"version {installed}",
        ""
        if installed == extension["default_version"]
        else f"alter extension cerebro_db update to '{extension['default_version']}'",
    )
    rights = connection.execute(_RIGHTS).fetchone()
    assert rights is not None
    missing = [name for name, granted in rights.items() if not granted]
    yield Finding(
        "rights",
        f"missing: {', '.join(missing)}" if missing else "you may prepare, fit and predict",
        "Ask the administrator: select cerebro_grant(your_role, 'train')." if missing else "",
    )
    if missing:
        return
    yield from _inside(connection, server_of(text))


def _version(connection: Connection) -> str:
    row = connection.execute("select version() as text").fetchone()
    assert row is not None
    return str(row["text"])


def _server(text: str) -> Finding:
    """Return which server it is; whether its Python suits it as well is only known inside of it."""
    name = [text, *_FULL_NAME.findall(text)][-1]
    if server_of(text).supported:
        return Finding("server", name)
    return Finding("server", f"{name}, which is not supported", _OTHER_PLATFORM)


def _inside(connection: Connection, server: ServerVersion) -> Iterator[Finding]:
    """Yield what only a backend can tell."""
    try:
        row = connection.execute("select cerebro._doctor() as report").fetchone()
    except psycopg.Error as error:
        yield Finding(
            "the server's Python",
            ": ".join(filter(None, [error.diag.message_primary, error.diag.message_detail]))
            or str(error),
            error.diag.message_hint or "See the server's log; make install mends missing packages.",
        )
        return
    assert row is not None
    report = row["report"]
    yield Finding("the server's Python", report["python"])
    yield platform_of(server, report)
    yield Finding(
        "package",
        f"cerebro_db {report['cerebro_db']} in the server, {__version__} here",
        "" if report["cerebro_db"] == __version__ else "Install the same version on both.",
    )
    yield from frameworks_of(report)
    for name, beginning in _PACKAGES.items():
        version = report["packages"].get(name, "missing")
        fits = version != "missing" and version.startswith(beginning)
        yield Finding(name, version, "" if fits else "Run make install again.")
    yield Finding(
        "workers' connection",
        report["connection"] or f"works; {report['login']} logs in",
        report["connection_hint"],
    )
    if report.get("powers"):
        yield Finding(
            "the workers' role",
            f"cerebro_worker is {report['powers']}",
            "It needs no right beyond schemas cerebro and cerebro_data: take these away.",
        )
    if strays := report.get("workers_left"):
        yield Finding(
            "workers left behind",
            f"{counted(strays, 'worker')} that nobody waits for any more",
            "A call of the framework goes on, and ends by itself; cerebro.workers shows them.",
        )
    if connection.execute(_HAS_QUEUES).fetchone():
        yield from _queue(connection)
    yield Finding(
        "machine", f"{counted(report['processors'], 'processor')}, {report['memory_gb']} GB memory"
    )


def frameworks_of(report: dict[str, Any]) -> Iterator[Finding]:
    """Yield the frameworks: each may be missing, but not all of them."""
    there = {name: report["packages"].get(name) for name in _FRAMEWORKS}
    names = " ".join(_FRAMEWORKS)
    for name, version in there.items():
        if version is not None:
            fits = version.startswith(_FRAMEWORKS[name])
            yield Finding(name, version, "" if fits else "Run make install again.")
        elif any(there.values()):
            yield Finding(name, f'not installed; make install FRAMEWORKS="{names}" would')
    if not any(there.values()):
        yield Finding("frameworks", "none, so nothing can train", "Run make install again.")


def platform_of(server: ServerVersion, report: dict[str, Any]) -> Finding:
    """Return what is known of the whole: system, server, Python and frameworks."""
    python = ".".join(report["python"].split(".")[:2])
    there = {name: report["packages"].get(name) for name in _FRAMEWORKS}
    frameworks = [f"{SPOKEN[name]} {version}" for name, version in there.items() if version]
    parts = [report["system"], str(server), f"Python {python}", *(frameworks or ["no framework"])]
    together = ", ".join(parts)
    found = standing(server, python)
    return Finding(
        "platform", f"{together}: {found.why}", "" if found.supported else _OTHER_PLATFORM
    )


def _queue(connection: Connection) -> Iterator[Finding]:
    """Yield whether workers wait in one of Greenplum's queues with those who wait for them."""
    if shared := connection.execute(_SHARED_QUEUE).fetchone():
        yield Finding(
            "workers' resource queue",
            f"{shared['name']}, in which others wait too",
            "Give cerebro_worker one of its own; see docs/greenplum.md.",
        )


_LANGUAGE = """
select name from pg_catalog.pg_available_extensions where name = 'plpython3u'
"""

_EXTENSION = """
select default_version, installed_version
from pg_catalog.pg_available_extensions
where name = 'cerebro_db'
"""

_RIGHTS = """
select
    has_schema_privilege(s.oid, 'usage') as "usage on schema cerebro",
    has_table_privilege('cerebro.runs', 'select') as "select on cerebro.runs",
    coalesce(
        (
            select bool_and(has_function_privilege(p.oid, 'execute'))
            from pg_catalog.pg_proc p
            join pg_catalog.pg_depend d
                on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
            join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname = 'cerebro_db'
            where p.proname in ('cerebro_prepare', 'cerebro_fit', 'cerebro_predict', '_doctor')
        ),
        false
    ) as "execute on the cerebro functions"
from pg_catalog.pg_namespace s
where s.nspname = 'cerebro'
"""

_HAS_QUEUES = "select relname from pg_catalog.pg_class where relname = 'pg_resqueue'"

# Callers keep their place in a queue for the whole of a search.
_SHARED_QUEUE = """
select q.rsqname::text as name
from pg_catalog.pg_roles w
join pg_catalog.pg_resqueue q on q.oid = w.rolresqueue
where w.rolname = 'cerebro_worker'
    and exists (
        select 1
        from pg_catalog.pg_roles r
        where r.rolresqueue = w.rolresqueue and not r.rolsuper and r.oid <> w.oid
    )
"""
