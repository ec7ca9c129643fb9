"""What a session that predicts loads, asks of the server, remembers, and forgets again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import psycopg
import pytest
from fix_server import Connection
from keras import layers
from psycopg import errors, sql

from cerebro_db import training
from cerebro_db.testing.data import load_tumours_into

FIT = """select cerebro_fit({run}, 'tumours', 'diagnosis', epochs => 1, seed => {seed},
    space => '{{"learning_rate": [0.01]}}', model => {model})"""
LINEAR, MLP = '{"family": "linear"}', '{"family": "mlp", "hidden": [8]}'


def fit(run: str, seed: int = 0, model: str = LINEAR) -> sql.Composed:
    return sql.SQL(FIT).format(run=run, seed=seed, model=model)


@pytest.fixture(scope="module", autouse=True)
def runs(connection: Connection) -> None:
    """Runs whose models do without the framework, and one whose model does not."""
    load_tumours_into(connection)
    connection.execute("alter table tumours drop column size, drop column mean_concavity")
    connection.execute(fit("tumours", model=MLP))
    connection.execute("select cerebro_model('recurrent', %s)", [json.dumps(recurrent())])
    connection.execute(fit("recurrent", model='{"name": "recurrent"}'))


def recurrent() -> dict[str, Any]:
    """A model with a layer that only its framework computes."""
    # As workers start it: tests that share this process do so too, and it starts only once.
    training.warm_up()
    model = keras.Sequential(
        [
            keras.Input((30,), name="numeric"),
            layers.Reshape((30, 1)),
            layers.GRU(4),
            layers.Dense(1),
        ]
    )
    return {"keras": json.loads(model.to_json())}


@pytest.fixture
def fresh(dsn: str) -> Iterator[Connection]:
    """A session that has done nothing yet."""
    with psycopg.connect(dsn, autocommit=True) as session:
        yield session


def loaded(session: Connection, *modules: str) -> set[str]:
    """Return which of the modules the session has imported."""
    asked = f"""
        do language plpython3u $$
            import sys
            found = plpy.quote_literal(",".join(sys.modules.keys() & {set(modules)!r}))
            plpy.execute(f"select set_config('found.modules', {{found}}, false)")
        $$"""
    session.execute(asked.encode())
    row = session.execute("select current_setting('found.modules')").fetchone()
    assert row is not None
    return {name for name in str(row[0]).split(",") if name}


def workers_of(session: Connection, connection: Connection) -> int:
    row = connection.execute(
        "select count(*) from pg_stat_activity where application_name = 'cerebro_db worker'"
        " and datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def test_predicting_needs_neither_framework_nor_worker(
    connection: Connection, fresh: Connection
) -> None:
    before = workers_of(fresh, connection)
    fresh.execute(
        "select cerebro_predict('tumours', t), cerebro_score('tumours', t),"
        " cerebro_proba('tumours', t) from tumours t"
    )
    assert loaded(fresh, "numpy", "tensorflow", "keras", "psycopg", "sqlglot") == {"numpy"}
    fresh.execute("select cerebro_predict_table('tumours', 'tumours', 'id', 'no_framework')")
    fresh.execute("select cerebro_evaluate('tumours', 'tumours')")
    assert loaded(fresh, "tensorflow", "keras") == set()
    assert workers_of(fresh, connection) == before


def test_other_models_are_predicted_by_a_worker(connection: Connection, fresh: Connection) -> None:
    rows = fresh.execute(
        "select cerebro_score('recurrent', t), cerebro_predict('recurrent', t) = 'malignant'"
        " from tumours t order by id limit 50"
    ).fetchall()
    fresh.execute("select cerebro_predict_table('recurrent', 'tumours', 'id', 'by_worker')")
    bulk = fresh.execute("select score from by_worker order by id limit 50").fetchall()
    found = np.array([row[0] for row in rows])
    np.testing.assert_allclose(found, [row[0] for row in bulk], atol=1e-5)
    assert [row[1] for row in rows] == (found > 0.5).tolist()
    assert np.ptp(found) > 0
    assert loaded(fresh, "tensorflow", "keras") == set()


def test_statements_do_not_grow_with_rows(fresh: Connection) -> None:
    fresh.execute("select cerebro_score('tumours', t) from tumours t limit 1")
    fresh.execute(
        """
        do language plpython3u $$
            from cerebro_db.session.backend import BackendSession
            from cerebro_db.dataset.row.decoder import RowDecoder
            asked, decoded = [], []
            fetch, decode = BackendSession.fetch, RowDecoder.decode
            def counting(self, statement, *parameters):
                asked.append(statement)
                return fetch(self, statement, *parameters)
            def looping(self, *arguments):
                decoded.append(arguments)
                return decode(self, *arguments)
            BackendSession.fetch, RowDecoder.decode = counting, looping
            BackendSession.asked, RowDecoder.decoded = asked, decoded
        $$"""
    )

    def asked(rows: int) -> tuple[int, int]:
        """Return how many statements it took, and how many rows a loop over their columns."""
        fresh.execute(
            b"do language plpython3u $$"
            b" from cerebro_db.session.backend import BackendSession as B;"
            b" from cerebro_db.dataset.row.decoder import RowDecoder as R;"
            b" B.asked.clear(); R.decoded.clear() $$"
        )
        scores = f"select count(cerebro_score('tumours', t)) from tumours t where id < {rows}"
        row = fresh.execute(scores.encode()).fetchone()
        assert row == (rows,)
        fresh.execute(
            b"do language plpython3u $$"
            b" from cerebro_db.session.backend import BackendSession as B;"
            b" from cerebro_db.dataset.row.decoder import RowDecoder as R;"
            b""" plpy.execute("select set_config('a.b', '%d %d', false)" % ("""
            b"len(B.asked), len(R.decoded))) $$"
        )
        found = fresh.execute("select current_setting('a.b')").fetchone()
        assert found is not None
        statements, decoded = map(int, str(found[0]).split())
        return statements, decoded

    few, many = asked(10), asked(500)
    assert few[0] == many[0] > 0
    # Texts of two lengths have to be met before their column is known to vary.
    assert many[1] < 10


@pytest.fixture
def owners(connection: Connection) -> Iterator[None]:
    """A run of role owning, of which member is one, and other is not."""
    connection.execute("create role owning; create role member in role owning; create role other")
    connection.execute("grant select on tumours to owning, member, other")
    for role in ("owning", "member", "other"):
        connection.execute(f"select cerebro_grant('{role}', 'predict')".encode())
    connection.execute(fit("owned"))
    connection.execute("update cerebro._runs set owner = 'owning' where name = 'owned'")
    yield
    connection.execute("select cerebro_drop('owned')")
    connection.execute("drop owned by owning, member, other; drop role owning, member, other")


ONE = "select cerebro_score('owned', t) from tumours t where id = 1"


def test_rights_are_those_of_the_current_role(
    connection: Connection, fresh: Connection, owners: None
) -> None:
    expected = fresh.execute(ONE).fetchone()
    for role in ("owning", "member"):
        fresh.execute(f"set role {role}".encode())
        assert fresh.execute(ONE).fetchone() == expected
    fresh.execute("set role other")
    with pytest.raises(errors.UndefinedObject):
        fresh.execute(ONE)
    fresh.execute("reset role")
    # Roles change within one statement too, row by row.
    fresh.execute(
        """
        create function as_owner(t tumours) returns float8 language sql security definer
            as $$ select cerebro_score('owned', t) $$;
        alter function as_owner owner to owning;
        create function as_other(t tumours) returns float8 language sql security definer
            as $$ select cerebro_score('owned', t) $$;
        alter function as_other owner to other;
        """
    )
    fresh.execute("set role other")
    own = fresh.execute("select as_owner(t) from tumours t where id = 1").fetchone()
    assert own == expected
    fresh.execute("set role member")
    for query in (
        "select cerebro_score('owned', t), as_other(t) from tumours t where id = 1",
        "select as_owner(t), as_other(t) from tumours t where id = 1",
    ):
        with pytest.raises(errors.UndefinedObject):
            fresh.execute(query.encode())
    fresh.execute("reset role")
    fresh.execute("drop function as_owner; drop function as_other")


def test_a_revoked_membership_is_noticed(
    connection: Connection, fresh: Connection, owners: None
) -> None:
    fresh.execute("set role member")
    assert fresh.execute(ONE).fetchone() is not None
    connection.execute("revoke owning from member")
    with pytest.raises(errors.UndefinedObject):
        fresh.execute(ONE)
    connection.execute("grant owning to member")
    assert fresh.execute(ONE).fetchone() is not None
    fresh.execute("reset role")


def test_what_another_session_drops_is_noticed(connection: Connection, fresh: Connection) -> None:
    connection.execute(fit("elsewhere"))
    one = "select cerebro_score('elsewhere', t) from tumours t where id = 1"
    assert fresh.execute(one.encode()).fetchone() is not None
    # Within one long statement it takes a second.
    dropping = threading.Timer(0.5, connection.execute, ["select cerebro_drop('elsewhere')"])
    dropping.start()
    with pytest.raises(errors.UndefinedObject):
        fresh.execute(
            """
            do $$
            begin
                for i in 1..100 loop
                    perform cerebro_score('elsewhere', t) from tumours t where id < 5;
                    perform pg_sleep(0.1);
                end loop;
            end $$
            """
        )
    dropping.join()


def test_a_block_sees_what_it_drops_and_fits(fresh: Connection) -> None:
    row = fresh.execute(
        f"""
        create function lives() returns text[] language plpgsql as $$
        declare
            seen text[];
        begin
            for life in 1..2 loop
                execute replace({sql.quote(fit("lives", 1).as_string(None))},
                                'seed => 1', 'seed => ' || life);
                seen := seen || (select round(cerebro_score('lives', t)::numeric, 9)::text
                                 from tumours t where id = 1);
                perform cerebro_drop('lives');
                begin
                    perform cerebro_score('lives', t) from tumours t where id = 1;
                exception when undefined_object then
                    seen := seen || 'dropped'::text;
                end;
            end loop;
            return seen;
        end $$;
        select lives();
        """.encode()
    )
    while row.nextset():
        pass
    found = row.fetchone()
    assert found is not None
    first, gone, second, gone_again = found[0]
    assert (gone, gone_again) == ("dropped", "dropped")
    # Another seed, and so another model.
    assert first != second


# What changes the names of two columns, the one into the other, and what takes that back.
SWAP = """
alter {kind} {name} rename {part} mean_radius to other;
alter {kind} {name} rename {part} mean_area to mean_radius;
alter {kind} {name} rename {part} other to mean_area;
"""


@pytest.mark.parametrize(
    "between",
    [
        "{swap}",
        # Taken back, and done again.
        "begin {swap} raise exception 'no'; exception when raise_exception then null; end; {swap}",
        "commit; {swap} commit;",
    ],
)
@pytest.mark.parametrize("kind", ["table", "type"])
def test_columns_that_a_block_renames_are_read_by_their_new_names(
    connection: Connection, fresh: Connection, kind: str, between: str
) -> None:
    """The types of the row and of its columns stay the same meanwhile."""
    fresh.execute(
        """
        drop table if exists renamed; drop type if exists shape cascade;
        create table renamed as select * from tumours where id < 3;
        create type shape as (mean_radius float8, mean_area float8);
        create or replace function two(r float8, a float8) returns shape language sql
            as 'select row(r, a)::shape';
        """
    )
    if kind == "table":
        row, name, part = "(select t from renamed t where id = 1)", "renamed", "column"
        run = "tumours"
    else:
        row, name, part = "two(15, 700)", "shape", "attribute"
        run = "two_numbers"
        if not connection.execute("select from cerebro.runs where run = 'two_numbers'").rowcount:
            connection.execute(
                "select cerebro_fit('two_numbers', 'select mean_radius::float8,"
                " mean_area::float8, diagnosis from tumours', 'diagnosis', epochs => 1,"
                """ model => '{"family": "linear"}', space => '{"learning_rate": [0.01]}')"""
            )
    swap = SWAP.format(kind=kind, name=name, part=part)
    one = f"seen := seen || cerebro_score('{run}', {row});"
    fresh.execute(
        f"""
        create or replace procedure renames(inout seen float8[]) language plpgsql as $$
        begin
            {one} {one}
            {between.format(swap=swap)}
            {one} {one}
        end $$""".encode()
    )
    found = fresh.execute("call renames('{}')").fetchone()
    assert found is not None
    before, again, after, after_again = found[0]
    assert before == again
    assert after == after_again
    # A statement of its own has learned nothing yet.
    assert fresh.execute(f"select cerebro_score('{run}', {row})".encode()).fetchone() == (after,)
    assert before != after


def test_a_block_that_writes_looks_at_a_run_no_more_often(fresh: Connection) -> None:
    fresh.execute("create temp table scored (id int, score float8)")
    fresh.execute("select cerebro_score('tumours', t) from tumours t limit 1")
    fresh.execute(
        """
        do language plpython3u $$
            from cerebro_db.store.serving import Serving
            head, asked = Serving.head, []
            def counting(self, run):
                asked.append(run)
                return head(self, run)
            Serving.head = counting
            for number in range(50):
                plpy.execute(
                    "insert into scored select id, cerebro_score('tumours', t)"
                    f" from tumours t where id = {number}"
                )
            assert len(asked) <= 2, asked
            Serving.head = head
        $$"""
    )
    row = fresh.execute(
        "select count(*) from scored s join tumours t using (id)"
        " where s.score = cerebro_score('tumours', t)"
    ).fetchone()
    assert row is not None
    assert int(str(row[0])) > 40
