"""Databases and clients of other encodings: what is meant is what is read, written and said.

Two databases are not in UTF8, one of single bytes and one of several. Their own names are in UTF8,
as that of every database is that was made from one in UTF8; what they hold cannot be read so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from fix_server import Connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cerebro_db.testing.calls import evaluate, fit, predict_table, prepare, rows, value

MODEL = {
    "model": {"family": "linear"},
    "space": {"learning_rate": [0.1], "batch_size": [32]},
    "epochs": 6,
}


@dataclass(frozen=True)
class Tongue:
    """An encoding, one of its clients that is not UTF8, and words in it."""

    encoding: str
    clients: str
    table: str
    key: str
    feature: str
    target: str
    words: tuple[str, str]
    left_out: str
    name: str


TONGUES = {
    "latin1": Tongue(
        "LATIN1", "LATIN1", "café", "clé", "catégorie", "réponse", ("là", "où"), "été", "forêt ñ"
    ),
    "eucjp": Tongue("EUC_JP", "SJIS", "表", "鍵", "列", "答え", ("はい", "いいえ"), "夏", "森"),
}


@pytest.fixture(scope="module", params=TONGUES)
def tongue(request: pytest.FixtureRequest) -> Tongue:
    return TONGUES[request.param]


@pytest.fixture(scope="module")
def database(server: str, tongue: Tongue) -> str:
    """Connection string of a database in the tongue's encoding, with accents in its name."""
    name = f"données {tongue.encoding}"
    create_database(server, name, tongue.encoding)
    return make_conninfo(server, dbname=name, client_encoding="UTF8")


def create_database(server: str, name: str, encoding: str) -> None:
    statement = sql.SQL("create database {} encoding {} template template0 locale 'C'")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Literal(encoding)))


@pytest.fixture(scope="module")
def spoken(database: str, tongue: Tongue) -> Iterator[Connection]:
    """A connection to a table of 400 rows, of which 100 are to be left out."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create extension cerebro_db cascade")
        statement = sql.SQL(
            "create table {table} as select i as {key}, (i * 37) % 101 - 50.0 as x,"
            " case when i % 4 = 0 then {left_out} else 'a' || i % 3 || {left_out} end as {feature},"
            " case when (i * 37) % 101 < 50 then {first} else {second} end as {target}"
            " from generate_series(1, 400) i"
        )
        connection.execute(
            statement.format(
                table=sql.Identifier(tongue.table),
                key=sql.Identifier(tongue.key),
                feature=sql.Identifier(tongue.feature),
                target=sql.Identifier(tongue.target),
                left_out=sql.Literal(tongue.left_out),
                first=sql.Literal(tongue.words[0]),
                second=sql.Literal(tongue.words[1]),
            )
        )
        yield connection


@pytest.fixture(scope="module")
def searched(spoken: Connection, tongue: Tongue) -> Connection:
    """The connection, after a search of the table."""
    fit(spoken, tongue.name, tongue.table, tongue.target, **MODEL)
    return spoken


@pytest.fixture
def teller(spoken: Connection, tongue: Tongue) -> str:
    """A function of the user's that raises an error in the tongue's words."""
    first, second = tongue.words
    statement = sql.SQL(
        "create or replace function pg_temp.told(n bigint) returns bigint language plpgsql as {}"
    ).format(
        sql.Literal(
            f"begin raise exception using message = '{tongue.name}: ' ||"
            f" current_setting('lc_messages'), detail = '{first}', hint = '{second}',"
            " errcode = 'P0042'; end"
        )
    )
    spoken.execute(statement)
    return "pg_temp.told"


def test_a_query_reads_the_rows_that_it_means(spoken: Connection, tongue: Tongue) -> None:
    query = (
        f"select *, {tongue.feature} || '{tongue.left_out}' as \"{tongue.key} 2\""
        f" from {tongue.table} where {tongue.feature} <> '{tongue.left_out}' -- {tongue.name}"
    )
    encode = {tongue.feature: "category", f"{tongue.key} 2": "category"}
    prepare(spoken, f"{tongue.name} 0", query, tongue.target, encode=encode)
    ((counted, held),) = rows(
        spoken,
        "select rows + validation_rows, encoding::text from cerebro._datasets where name = %s",
        f"{tongue.name} 0",
    )
    assert counted == 300
    assert all(word in held for word in (*tongue.words, tongue.feature, f"a0{tongue.left_out}"))


def test_rows_are_predicted_with_their_labels(searched: Connection, tongue: Tongue) -> None:
    found = rows(
        searched,
        f"select {tongue.target}, cerebro_predict('{tongue.name}', t),"
        f" cerebro_proba('{tongue.name}', t) from {tongue.table} t",
    )
    assert {label for _, label, _ in found} == set(tongue.words)
    assert sum(given == label for given, label, _ in found) > 380
    assert set(found[0][2]) == set(tongue.words)


def test_a_client_of_another_encoding_gets_the_same(
    searched: Connection, database: str, tongue: Tongue
) -> None:
    query = (
        f"select cerebro_predict('{tongue.name}', t), cerebro_score('{tongue.name}', t)"
        f" from {tongue.table} t order by {tongue.key}"
    )
    with psycopg.connect(database, client_encoding=tongue.clients) as other:
        assert other.execute(query).fetchall() == rows(searched, query)


def test_many_rows_are_predicted_and_measured(searched: Connection, tongue: Tongue) -> None:
    output = f"{tongue.table}_{tongue.key}"
    assert predict_table(searched, tongue.name, tongue.table, tongue.key, output) == 400
    given = f"select count(*) from {output} join {tongue.table} using ({tongue.key})"
    assert value(searched, f"{given} where prediction = {tongue.target}") > 380
    query = f"select * from {tongue.table} where {tongue.feature} <> '{tongue.left_out}'"
    measured = evaluate(searched, tongue.name, query)
    assert measured["rows"] == 300
    assert measured["accuracy"] > 0.95


def test_strings_with_escapes_mean_the_same(searched: Connection, tongue: Tongue) -> None:
    output = f"{tongue.table}_2"
    searched.execute("set standard_conforming_strings = off")
    assert predict_table(searched, tongue.name, tongue.table, tongue.key, output) == 400
    searched.execute("reset standard_conforming_strings")


def test_other_verbs_know_their_names(searched: Connection, tongue: Tongue) -> None:
    name = tongue.name
    role = f"{tongue.words[0]} {tongue.encoding}"
    searched.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    quoted = f'"{role}"'
    searched.execute("select cerebro_grant(%s, 'train')", [quoted])
    searched.execute("select cerebro_share(%s, %s)", [name, quoted])
    shared = "select shared_with from cerebro.runs where run = %s"
    assert value(searched, shared, name) == [role]
    searched.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    searched.execute(
        sql.SQL("create temp table own as select i as x, i % 2 as y from generate_series(1, 40) i")
    )
    prepare(searched, f"{name} 2", "own", "y")
    searched.execute("reset role")
    assert (
        value(searched, "select owner from cerebro.datasets where dataset = %s", f"{name} 2")
        == role
    )
    audited = rows(searched, "select role, action, name from cerebro.audit order by id")
    assert (role, "prepare", f"{name} 2") in audited
    searched.execute("select cerebro_unshare(%s, %s)", [name, quoted])
    searched.execute("select cerebro_drop(%s, 'dataset')", [f"{name} 2"])
    searched.execute("select cerebro_revoke(%s)", [quoted])
    searched.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(role)))
    searched.execute("select cerebro_model(%s, %s)", [name, '{"family": "mlp", "hidden": [4]}'])
    searched.execute("select cerebro_drop(%s, 'model')", [name])


def test_errors_say_what_they_say_elsewhere(
    spoken: Connection, tongue: Tongue, teller: str
) -> None:
    with pytest.raises(psycopg.Error) as raised:
        prepare(
            spoken,
            "never",
            f"select *, {teller}({tongue.key}) as z from {tongue.table}",
            tongue.target,
        )
    # The server's own messages are plain meanwhile: see cerebro._plain_messages.
    assert raised.value.diag.message_primary == f"cerebro_db: {tongue.name}: C"
    assert raised.value.diag.message_detail == tongue.words[0]
    assert raised.value.diag.message_hint == tongue.words[1]
    assert raised.value.sqlstate == "P0042"

    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match=tongue.left_out):
        prepare(
            spoken,
            "never",
            f"select *, ({tongue.feature})::int as z from {tongue.table}",
            tongue.target,
        )
    with pytest.raises(psycopg.errors.UndefinedColumn, match=f"{tongue.key}x"):
        prepare(spoken, "never", f"select {tongue.key}x from {tongue.table}", tongue.target)
    with pytest.raises(psycopg.errors.UndefinedTable) as missing:
        prepare(spoken, "never", f"{tongue.table}x", tongue.target)
    assert f'"{tongue.table}"' in str(missing.value.diag.message_hint)
    with pytest.raises(psycopg.errors.UndefinedObject, match=f"{tongue.name}x"):
        value(spoken, f"select cerebro_predict('{tongue.name}x', t) from {tongue.table} t")


@pytest.mark.parametrize("encoding", ["LATIN2", "WIN1252", "KOI8R", "EUC_KR", "UTF8"])
def test_every_encoding_that_converts_will_do(server: str, encoding: str) -> None:
    name = f"will_do_{encoding.lower()}"
    create_database(server, name, encoding)
    word = {"KOI8R": "да", "EUC_KR": "예"}.get(encoding, "ö")
    with psycopg.connect(server, dbname=name, client_encoding="UTF8", autocommit=True) as there:
        there.execute("create extension cerebro_db cascade")
        query = (
            f"select i % 7 as x, case when i % 2 = 0 then '{word}' else 'n' end as y"
            f" from generate_series(1, 60) i where '{word}' <> 'n' and i % 3 > 0"
        )
        prepare(there, word, query, "y")
        found = rows(there, "select dataset, rows + validation_rows, task from cerebro.datasets")
        assert found == [(word, 40, "binary")]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "MULE_INTERNAL"])
def test_a_database_whose_text_has_no_meaning_is_refused(server: str, encoding: str) -> None:
    name = f"refused_{encoding.lower()}"
    create_database(server, name, encoding)
    with psycopg.connect(server, dbname=name, client_encoding="LATIN1", autocommit=True) as there:
        with pytest.raises(psycopg.errors.FeatureNotSupported) as raised:
            there.execute("create extension cerebro_db cascade")
        assert "converts to UTF8" in str(raised.value)
        assert encoding in str(raised.value.diag.message_detail)
        assert "encoding 'UTF8'" in str(raised.value.diag.message_hint)


def test_what_a_client_cannot_read_stops_nothing(connection: Connection, dsn: str) -> None:
    connection.execute(
        "create table talk as select i as id, i % 9 as x, U&'\\+01F600' as unused,"
        " case when i % 2 = 0 then 'é' else 'n' end as y from generate_series(1, 60) i"
    )
    name = "U&'\\+01F600'"
    with psycopg.connect(dsn, client_encoding="WIN1252", autocommit=True) as other:
        heard: list[str] = []
        other.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        other.execute(
            f"select * from cerebro_fit({name}, 'select x, y from talk', 'y',"
            """ model := '{"family": "linear"}', space := '{"learning_rate": [0.1]}',"""
            " epochs := 1)".encode()
        )
        assert any("\\U0001f600" in line for line in heard)
        query = f"select id, cerebro_predict({name}, t), cerebro_score({name}, t) from talk t"
        assert rows(other, query) == rows(connection, query)
