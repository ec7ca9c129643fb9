"""What users have made of our views and functions, and whether that works after an update."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from cerebro_db.testing.database import Connection

# Bodies between BEGIN ATOMIC and END depend on what they name, as views do; texts do not.
_OBJECTS = """
create view best as select run, params, value from cerebro.leaderboard where rank = 1;
create view best_of_done as select * from best where run = 'done';
create view scores as
select id, cerebro_predict('done', c), cerebro_score('done', c), cerebro_proba('done', c)
from customers c;
create view refreshed as
select cerebro_predict_table('done', 'customers', 'id', 'written_by_view');
create view fitted as
select rank, status from cerebro_fit(
    'by view', 'rows', model => '{"family": "linear"}', space => '{"learning_rate": [0.1]}',
    epochs => 1
);
create materialized view saved_board as table cerebro.leaderboard with no data;
create unique index on saved_board (run, config);
create materialized view saved_scores as table scores with no data;
create function board_of(name text) returns setof cerebro.leaderboard language sql
as 'select * from cerebro.leaderboard where run = name';
create function best_of(name text) returns float8
begin atomic select value from cerebro.leaderboard where run = name and rank = 1; end;
create function risk(c customers) returns float8 stable
begin atomic select cerebro_score('done', c); end;
create function risk_by_text(c customers) returns float8 language sql stable
as 'select cerebro_score(''done'', c)';
create function nightly(output text) returns bigint
begin atomic select cerebro_predict_table('done', 'customers', 'id', output); end;
create table scored (id int, risk float8);
create function fill_risk() returns trigger language plpgsql as $$
begin
    new.risk := (select cerebro_score('done', c) from customers c where c.id = new.id);
    return new;
end $$;
create trigger fill_risk before insert on scored for each row execute function fill_risk();
"""

# All but what tells how long ago something was.
_VIEWS = r"""
select viewname
from pg_views
where schemaname = 'cerebro' and viewname !~ '^_|^progress$'
order by 1
"""


def make(connection: Connection) -> list[str]:
    """Make users' objects, and a view of each of our views; return the names of these."""
    connection.execute(_OBJECTS.encode())
    views = [str(view) for (view,) in connection.execute(_VIEWS.encode()).fetchall()]
    for view in views:
        statement = sql.SQL("create view {} as table cerebro.{}")
        connection.execute(statement.format(sql.Identifier(f"my_{view}"), sql.Identifier(view)))
    return [f"my_{view}" for view in views]


def contents(connection: Connection, views: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of views, in an order that depends on nothing but what is exact in them.

    Seconds are left out: those of a run that is not over are counted to the present moment.
    """
    query = sql.SQL("select to_jsonb(v) - 'seconds' from {} v")
    found = {
        view: [row for (row,) in connection.execute(query.format(sql.Identifier(view))).fetchall()]
        for view in views
    }
    return {view: sorted(rows, key=_exact) for view, rows in found.items()}


def _exact(row: dict[str, Any]) -> str:
    return str([value for value in row.values() if not isinstance(value, float)])


def assert_all_work(connection: Connection) -> None:
    """Use each of the objects once."""

    def ask(query: str) -> object:
        return connection.execute(query.encode()).fetchall()

    assert ask("select run from best_of_done") == [("done",)]
    assert ask("select count(*), count(cerebro_proba) from scores") == [(60, 60)]
    assert ask(
        "select count(*) from scores s join customers c using (id)"
        " where s.cerebro_score = risk(c) and risk(c) = risk_by_text(c)"
    ) == [(60,)]
    assert ask("table refreshed") == [(60,)]
    assert ask("table fitted") == [(1, "finished")]
    assert ask("select nightly('written_at_night')") == [(60,)]
    assert ask("select count(*), max(best_of(run)) = max(value) from board_of('done')") == [
        (2, True)
    ]
    for view in ("saved_board", "saved_scores"):
        connection.execute(f"refresh materialized view {view}".encode())
    assert ask("select count(*) from saved_board where run = 'done'") == [(2,)]
    assert ask("select count(*) from saved_scores") == [(60,)]
    connection.execute("insert into scored (id) values (7)")
    assert ask("select count(*) from scored join scores using (id) where risk = cerebro_score") == [
        (1,)
    ]
