"""The few tables behind the surface that the suite has to look into, and where they lie.

``partition`` is a reserved word in Greenplum 6, so as a column it needs its table before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from cerebro_db.model import Spec
from cerebro_db.tensors import Tensors, unpack
from cerebro_db.testing.calls import rows, value
from cerebro_db.testing.database import Connection


@dataclass(frozen=True)
class KeptConfig:
    """What a run keeps of a configuration: its spec, the state that it serves with, and how many
    units have led to that."""

    spec: Spec
    state: bytes
    units: int


@dataclass(frozen=True)
class Place:
    """So many rows of a partition lie, packed, on this segment."""

    validation: bool
    partition: int
    segment: int
    rows: int


def kept_states(connection: Connection, run: str) -> dict[int, KeptConfig]:
    """Return what a run has kept of its best configurations, by number."""
    found = rows(
        connection,
        "select s.config, cerebro._spec(c.spec, p.document) as spec, s.state, s.units"
        " from cerebro._kept_states s"
        " join cerebro._runs r on r.id = s.run"
        " join cerebro._configs c on c.run = s.run and c.config = s.config"
        " left join cerebro._specs p on p.run = c.run and p.sha256 = c.common"
        " where r.name = %s and s.rank is not null",
        run,
    )
    return {row.config: KeptConfig(Spec.from_json(row.spec), row.state, row.units) for row in found}


def specs(connection: Connection, run: str) -> dict[int, Spec]:
    """Return the configurations of a run, whatever became of them."""
    found = rows(
        connection,
        "select c.config, cerebro._spec(c.spec, p.document) as spec from cerebro._configs c"
        " join cerebro._runs r on r.id = c.run"
        " left join cerebro._specs p on p.run = c.run and p.sha256 = c.common where r.name = %s",
        run,
    )
    return {row.config: Spec.from_json(row.spec) for row in found}


def training_chunks(connection: Connection, dataset: str) -> dict[int, list[Tensors]]:
    """Return the training chunks of a dataset by partition, in their order."""
    statement = sql.SQL(
        "select c.partition, c.payload from {} c where not c.validation order by 1, c.seq"
    ).format(_chunks_table(connection, dataset))
    chunks: dict[int, list[Tensors]] = {}
    for partition, payload in connection.execute(statement):
        chunks.setdefault(partition, []).append(unpack(payload))
    return chunks


def places(connection: Connection, dataset: str) -> list[Place]:
    """Return where the chunks of a dataset lie."""
    segment = "gp_segment_id" if is_greenplum(connection) else "0"
    statement = sql.SQL(
        "select c.validation, c.partition, {} as segment, sum(c.rows)::int from {} c"
        " group by 1, 2, 3 order by 1, 2, 3"
    ).format(sql.SQL(segment), _chunks_table(connection, dataset))
    return [Place(*row) for row in connection.execute(statement)]


def segments(connection: Connection) -> set[int]:
    """Return the numbers of the places that train."""
    if not is_greenplum(connection):
        return {0}
    found = rows(
        connection,
        "select content from gp_segment_configuration where role = 'p' and content >= 0",
    )
    return {row.content for row in found}


def lose_worker_processes(connection: Connection) -> int:
    """End the processes where idle workers keep chunks and framework; return how many there were.

    On Greenplum these are the readers on the segments, which it may end while they idle; elsewhere
    they are the sessions.
    """
    if not is_greenplum(connection):
        found = rows(
            connection,
            "select pg_terminate_backend(pid) as ended from pg_stat_activity"
            " where application_name = 'cerebro_db worker' and datname = current_database()",
        )
        return sum(row.ended for row in found)
    connection.execute(_END_READERS)
    workers = rows(
        connection,
        "select sess_id from pg_stat_activity"
        " where application_name = 'cerebro_db worker' and datname = current_database()",
    )
    sessions = [row.sess_id for row in workers]
    return len(rows(connection, "select * from end_readers(%s)", sessions))


_END_READERS = """
create function end_readers(sessions int[]) returns setof boolean
language sql execute on all segments as $$
    select pg_terminate_backend(pid)
    from (
        -- A session's first process on a segment is its writer.
        select pid, row_number() over (partition by sess_id order by backend_start) as number
        from pg_stat_activity
        where sess_id = any (sessions)
    ) processes
    where number > 1
$$
"""


def spooled_files(connection: Connection) -> int:
    """Return how many files of chunks wait on the segments to be taken over; elsewhere, none do."""
    if not is_greenplum(connection):
        return 0
    connection.execute(_COUNT_SPOOLED)
    return sum(row.files for row in rows(connection, "select * from count_spooled() as files"))


_COUNT_SPOOLED = """
create or replace function count_spooled() returns setof bigint
language sql execute on all segments as $$
    select count(*) from pg_ls_dir('base') d
    join lateral pg_ls_dir('base/' || d) f on d = 'pgsql_tmp'
    where f like 'pgsql_tmp_cerebro%'
$$
"""


def chunk_tables(connection: Connection) -> set[str]:
    """Return the names of the tables that hold chunks."""
    return _tables(connection, r"\_chunks\_%")


def state_tables(connection: Connection) -> set[str]:
    """Return the names of the tables that hold states of runs that go on."""
    return _tables(connection, r"\_states\_%") | _tables(connection, r"\_hops\_%")


def _tables(connection: Connection, pattern: str) -> set[str]:
    found = rows(
        connection,
        "select relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where nspname = 'cerebro_data' and relkind = 'r' and relname like %s",
        pattern,
    )
    return {row.relname for row in found}


def _chunks_table(connection: Connection, dataset: str) -> sql.Identifier:
    number = value(connection, "select id from cerebro._datasets where name = %s", dataset)
    return sql.Identifier("cerebro_data", f"_chunks_{number}")


def is_greenplum(connection: Connection) -> bool:
    """Return whether the server is Greenplum."""
    return "Greenplum" in str(value(connection, "select version()"))
