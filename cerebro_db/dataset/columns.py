"""The columns of a source, and the canonical forms in which their values reach Python.

Every path from the database (a range of staged rows, one row for prediction) ends in the same
canonical values, so that one encoding serves them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cerebro_db.errors import UndefinedColumn, nearest

Form = Literal["number", "boolean", "datetime", "text", "array", "ids", "bytes", "labels"]

Values = np.ndarray | list[Any]
"""The values of one column, one per row:

- number, boolean, datetime: float64 array, or float32 where that holds the same. NaN is NULL; a
  real NaN in the data appears as infinity, which no encoding accepts. A boolean is 0 or 1, a
  datetime seconds since 1970 in UTC.
- text: list of str or None.
- array: list of float arrays or None, or arrays of one shape stacked: (rows, ...), if none is NULL;
  NULL or NaN in an element is infinity.
- ids: as array, of whole numbers.
- bytes: list of bytes or None.
- labels: list of lists of str, or None.
"""

Columns = Mapping[str, Values]
"""Canonical values by column name; all of the same length."""

FLOAT_FORMS: frozenset[Form] = frozenset({"number", "boolean", "datetime"})

INTEGER_SENDS = frozenset({"int2send", "int4send", "int8send"})
MEASURE_SENDS = frozenset({"cash_send", "interval_send", "time_send", "timetz_send"})
"""Of types that are read as numbers: money as an amount, the others in seconds."""
NUMBER_SENDS = INTEGER_SENDS | {"float4send", "float8send", "numeric_send"}
TEXT_SENDS = frozenset(
    {
        "textsend",
        "varcharsend",
        "bpcharsend",
        "namesend",
        "charsend",
        "citextsend",
        "enum_send",
        "uuid_send",
        "json_send",
        "jsonb_send",
    }
)
DATETIME_SENDS = frozenset({"date_send", "timestamp_send", "timestamptz_send"})


# With every name in full: rows are predicted on the user's search path.
SEND = """(
        select p.proname::pg_catalog.text
        from pg_catalog.pg_proc p
        where p.oid operator(pg_catalog.=) t.typsend::pg_catalog.oid
    )"""
"""The binary send function of the type ``t``; a domain has its base type's."""

ELEMENT_SEND = """(
        select p.proname::pg_catalog.text
        from pg_catalog.pg_type own
        left join pg_catalog.pg_type base on base.oid operator(pg_catalog.=) own.typbasetype
        join pg_catalog.pg_type e
            on e.oid operator(pg_catalog.=) coalesce(base.typelem, own.typelem)
        join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) e.typsend::pg_catalog.oid
        where own.oid operator(pg_catalog.=) t.oid
    )"""
"""The send function of the elements of the type ``t``, an array or a domain over one."""


@dataclass(frozen=True)
class Column:
    """A column of a source.

    Args:
        name: as the catalog has it.
        type: as ``format_type()`` writes it, for people.
        send: the type's binary send function, which a domain shares with its base type: what
            the values look like in binary, and so what can be made of them.
        element: the send function of an array's elements, else "".
    """

    name: str
    type: str
    send: str
    element: str = ""

    @property
    def form(self) -> Form | None:
        """The canonical form that comes naturally; None where there is none."""
        if self.send in NUMBER_SENDS | MEASURE_SENDS:
            return "number"
        if self.send in TEXT_SENDS:
            return "text"
        if self.send in DATETIME_SENDS:
            return "datetime"
        if self.send == "array_send":
            if self.element in NUMBER_SENDS:
                return "array"
            return "labels" if self.element in TEXT_SENDS else None
        return {"boolsend": "boolean", "byteasend": "bytes"}.get(self.send)  # type: ignore[return-value]

    @property
    def fractional(self) -> bool:
        """Whether values are numbers, and not only whole ones."""
        return self.form == "number" and self.send not in INTEGER_SENDS

    @property
    def hot(self) -> bool:
        """Whether values are arrays of numbers or booleans, which may be 0 and 1 for classes."""
        return self.send == "array_send" and self.element in NUMBER_SENDS | {"boolsend"}

    def offers(self, form: Form) -> bool:
        """Return whether values can be read in this form."""
        if form == "text":
            # Categories and class labels may also be integers or booleans.
            return self.send in TEXT_SENDS | INTEGER_SENDS | {"boolsend"}
        if form == "labels":
            return self.send == "array_send" and self.element in TEXT_SENDS | INTEGER_SENDS
        if form == "ids":
            return self.send == "array_send" and self.element in INTEGER_SENDS
        return self.form == form

    def labels(self, form: Form) -> bool:
        """Return whether values can be labels of this form: numbers of any type as text, and arrays
        of any numbers as arrays of labels."""
        return (
            self.offers(form)
            or (form == "text" and self.form in ("number", "boolean"))
            or (form == "labels" and self.hot)
        )


def find(
    name: str, columns: Sequence[Column], *, what: str = "column", where: str = "in the source"
) -> Column:
    """Return the column of that name: exactly so, or folded to lower case as SQL would.

    Raises:
        UndefinedColumn: there is none.
    """
    by_name = {column.name: column for column in columns}
    column = by_name.get(name) or by_name.get(name.lower())
    if column is None:
        raise undefined(name, by_name, what=what, where=where)
    return column


def missing(name: str, valid: Iterable[str], *, where: str) -> UndefinedColumn:
    """Return the error that rows lack a column that a model was trained on."""
    valid = list(valid)
    _, found, near = nearest(name, valid).partition("Did you mean ")
    renamed = f' If it is {near[:-1]} there, select that as "{name}".' if found else ""
    return UndefinedColumn(
        f'feature column "{name}" does not exist {where}',
        detail=f"The columns {where} are: " + ", ".join(valid) + ".",
        hint=f'Add "{name}", on which the model was trained, or NULL as "{name}".{renamed}',
    )


def undefined(
    name: str, valid: Iterable[str], *, what: str = "column", where: str = "in the source"
) -> UndefinedColumn:
    """Return the error that says that there is no such column."""
    valid = list(valid)
    return UndefinedColumn(
        f'{what} "{name}" does not exist {where}',
        detail=f"The columns {where} are: " + ", ".join(valid) + ".",
        hint=nearest(name, valid),
    )
