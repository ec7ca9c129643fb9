"""A table with a column of every type and 300 random rows, a tenth of the values NULL."""

from __future__ import annotations

import random
from typing import Any

from psycopg import sql

from cerebro_db.testing.caller import CallerClient

TABLE = """
create type mood as enum ('sad', 'ok', 'glad d''or');
create domain positive as int check (value > 0);
create domain pair as real[];
create table every_type (
    dropped int,
    id serial primary key,
    small smallint, whole int, big bigint, single real, twice double precision,
    exact numeric(30, 9), limited positive, flag boolean,
    day date, moment timestamp, instant timestamptz,
    words text, code varchar(9), padded char(6), mood mood, ident uuid, name name, letter "char",
    count_code int,
    vector float8[], ints int[], exacts numeric(9, 3)[], domain_vector pair, picture smallint[],
    basket bigint[],
    pixels bytea, story text, label text
);
alter table every_type drop column dropped;
"""

# How the columns are encoded that have no encoding by themselves, or are to have another.
ENCODE = {
    "ident": "embedding",
    "name": {"as": "embedding", "max": 20},
    "letter": "onehot",
    "count_code": "category",
    "pixels": {"as": "image", "shape": [2, 3]},
    "story": {"as": "text", "words": 50},
    "picture": {"as": "image"},
    "basket": {"as": "ids", "size": 9, "length": 3, "unknown": 1},
    "limited": {"as": "number", "scale": "robust", "onehot": 30, "min_rows": 1},
    "single": {"as": "number", "scale": "quantile", "bins": "target"},
    "vector": {"as": "vector", "scale": "robust"},
    "exacts": {"as": "vector", "scale": "quantile", "bins": 5},
}


def create_every_type(session: CallerClient) -> None:
    """Make the table ``every_type``, and set the session up to show what depends on settings."""
    session.connection.execute(TABLE)
    # Not UTC, to show that the encoding does not depend on the session's time zone.
    session.execute("set timezone to 'America/New_York'")
    session.execute("set datestyle to 'German'")
    draw = random.Random(1)
    names = [
        row["name"]
        for row in session.fetch(
            "select attname::text as name from pg_attribute"
            " where attrelid = 'every_type'::regclass and attnum > 2 and not attisdropped"
            " order by attnum"
        )
    ]
    for number in range(300):
        row = {name: _value(draw, name) if draw.random() > 0.1 else None for name in names}
        row["label"] = ("yes", "no", "perhaps")[number % 3] if number != 7 else None
        session.connection.execute(
            sql.SQL("insert into every_type ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Literal(row[name]) for name in names),
            )
        )


def _value(draw: random.Random, name: str) -> Any:
    word = draw.choice(["café", "Ünïcode ☃", "plain", "", "with space ", "a'b\"c"])
    match name:
        case "small" | "limited" | "count_code":
            return draw.randint(1, 30)
        case "whole":
            return draw.randint(-(2**31), 2**31 - 1)
        case "big":
            return draw.randint(-(2**63), 2**63 - 1)
        case "single" | "twice":
            return draw.gauss(0, 1) * 10 ** draw.randint(-20, 20)
        case "exact":
            return f"{draw.randint(-(10**18), 10**18)}.{draw.randint(0, 10**9 - 1):09d}"
        case "flag":
            return draw.random() < 0.5
        case "day" | "moment" | "instant":
            day = f"{draw.randint(1, 4000):04d}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            clock = f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}"
            clock += f":07.{draw.randint(0, 999999):06d}"
            era = " BC" if draw.random() < 0.1 else ""
            return day + era if name == "day" else f"{day} {clock}{era}"
        case "mood":
            return draw.choice(["sad", "ok", "glad d'or"])
        case "ident":
            return f"{draw.randint(0, 30):032x}"
        case "letter" | "padded":
            return draw.choice("abc")
        case "vector" | "ints" | "exacts" | "domain_vector":
            return "{" + ",".join(str(draw.randint(-999, 999)) for _ in range(3)) + "}"
        case "basket":
            ids = draw.choices([*range(9), -1, 2**60, "null"], k=draw.randint(0, 4))
            return "{" + ",".join(map(str, ids)) + "}"
        case "picture":
            return "{{" + "},{".join(f"{draw.randint(0, 9)},7" for _ in range(4)) + "}}"
        case "pixels":
            return draw.randbytes(6)
        case "story":
            return " ".join(draw.choices(["The", "quick,", "brown", "fox's", "JUMP", "☃"], k=9))
        case "code":
            return word[:9]
    return word
