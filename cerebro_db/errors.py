"""What can go wrong, as its user sees it: SQLSTATE, message, DETAIL and HINT.

    CerebroError
    ├── InvalidArgument          22023  an argument or option has a value that it may not have
    ├── DataError                22000  the rows cannot be used as they are
    ├── UnsupportedType          0A000  a column's type has no encoding
    ├── UndefinedColumn          42703  no such column in the source
    ├── UndefinedSource          42P01  the source is neither dataset, table nor view
    ├── InvalidSource            42601  the source is not one SELECT
    ├── UndefinedName            42704  no such run, dataset or model
    ├── DuplicateName            42710  a run, dataset or model of that name exists
    ├── DuplicateTable           42P07  the output table exists
    ├── NotPermitted             42501  the role may not do this
    ├── ReadOnly                 25006  the transaction is read only
    ├── InUse                    55006  the object is being used by a running search
    ├── LimitExceeded            54000  more than the project or PostgreSQL can hold
    ├── Shortage                 53000  memory, disk, files or connections have run short
    ├── Relayed                         what a session met that did the work for another
    ├── NoRoom                   53400  the administrator's bounds leave no room now
    ├── WrongVersion             55000  extension and package do not fit together
    ├── MissingFramework         55000  the framework that is to train is not installed
    ├── Cancelled                57014  another session cancelled the run
    ├── NoConnection             08001  the server refused a worker's connection
    ├── CacheMiss                CB001  a worker no longer holds a chunk (never seen by users)
    ├── NotReady                 CB002  a process was replaced, or is no worker (not seen by users)
    ├── Diverged                 CB003  loss or weights are not finite (seen as a status)
    ├── RunFailed                38000  no configuration of the run succeeded
    └── CodeFailed               38000  registered code raised, or gave what it may not

Errors are raised where the facts are known. The message says what is wrong, DETAIL what was found,
HINT what to do.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches

# What users give may be megabytes long, and stands in messages that people read and servers log.
MAX_MESSAGE = 2_000


class CerebroError(Exception):
    """Base of every error that the project raises on purpose."""

    sqlstate = "XX000"

    def __init__(self, message: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = _cut(message)
        self.detail = _cut(detail)
        self.hint = _cut(hint)


class InvalidArgument(CerebroError):
    """An argument or option has a value that it may not have."""

    sqlstate = "22023"


class DataError(CerebroError):
    """The rows cannot be trained on, or predicted, as they are."""

    sqlstate = "22000"


class UnsupportedType(CerebroError):
    """A column's type has no encoding."""

    sqlstate = "0A000"


class UndefinedColumn(CerebroError):
    """No such column in the source."""

    sqlstate = "42703"


class UndefinedSource(CerebroError):
    """The source is neither dataset, table nor view."""

    sqlstate = "42P01"


class InvalidSource(CerebroError):
    """The source is not one SELECT."""

    sqlstate = "42601"


class UndefinedName(CerebroError):
    """No such run, dataset or model."""

    sqlstate = "42704"


class DuplicateName(CerebroError):
    """A run, dataset or model of that name exists."""

    sqlstate = "42710"


class DuplicateTable(CerebroError):
    """The output table exists."""

    sqlstate = "42P07"


class NotPermitted(CerebroError):
    """The role may not do this."""

    sqlstate = "42501"


class ReadOnly(CerebroError):
    """The transaction is read only."""

    sqlstate = "25006"


class InUse(CerebroError):
    """The object is being used by a running search."""

    sqlstate = "55006"


class LimitExceeded(CerebroError):
    """More than the project or PostgreSQL can hold."""

    sqlstate = "54000"


class Standoff(CerebroError):
    """A session of the call's own waits, maybe behind others, for a lock of the caller's."""

    sqlstate = "40P01"


class Shortage(CerebroError):
    """The server or its machine has run short of memory, disk, files or connections.

    ``sqlstate`` says of what, as the server's own class 53 and 58 do.
    """

    sqlstate = "53000"

    def __init__(
        self, message: str, *, sqlstate: str = "53000", detail: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.sqlstate = sqlstate


class Relayed(CerebroError):
    """An error that another session met, which did the work; ``sqlstate`` is that error's."""

    def __init__(self, message: str, *, sqlstate: str, detail: str = "", hint: str = "") -> None:
        super().__init__(message, detail=detail, hint=hint)
        self.sqlstate = sqlstate


class NoRoom(CerebroError):
    """The administrator's bounds leave no room for this now."""

    sqlstate = "53400"


class WrongVersion(CerebroError):
    """The extension in the database and the package that it runs do not fit together."""

    sqlstate = "55000"


class MissingFramework(CerebroError):
    """The framework that is to train is not installed for the server."""

    sqlstate = "55000"


class Cancelled(CerebroError):
    """Another session cancelled the run."""

    sqlstate = "57014"


class Unwanted(Exception):
    """The server has rows enough for the query at hand, and wants no answer any more."""


class NoConnection(CerebroError):
    """The server refused a worker's connection."""

    sqlstate = "08001"


class CacheMiss(CerebroError):
    """A worker no longer holds a chunk that it was asked to train on."""

    sqlstate = "CB001"


class NotReady(CerebroError):
    """A process was asked to train that no worker has got ready, or that was replaced since."""

    sqlstate = "CB002"


class Diverged(CerebroError):
    """A unit came to a loss or to weights that are no finite numbers; it is undone."""

    sqlstate = "CB003"


class RunFailed(CerebroError):
    """No configuration of the run succeeded."""

    sqlstate = "38000"


class CodeFailed(CerebroError):
    """Registered code raised an error, or gave what it may not."""

    sqlstate = "38000"


# What the operating system says where it has no more, as the server says it.
_SHORT = {
    errno.ENOMEM: "53200",
    errno.ENOSPC: "53100",
    errno.EDQUOT: "53100",
    errno.EFBIG: "53100",
    errno.EMFILE: "53000",
    errno.ENFILE: "53000",
    errno.EIO: "58030",
}
# What the server calls internal, and comes from its storage: a file that may not grow.
_STORAGE = ("md.c", "fd.c", "buffile.c", "xlog.c")


def shortage_of(error: BaseException) -> str | None:
    """Return the SQLSTATE of a shortage or a failure of the server's own; None: it is neither.

    Nothing of that is the fault of whoever asked for something: once there is room, it succeeds.
    """
    if isinstance(error, MemoryError):
        return "53200"
    if isinstance(error, OSError) and error.errno in _SHORT:
        return _SHORT[error.errno]
    sqlstate = getattr(error, "sqlstate", None) or ""
    if sqlstate == "XX000":
        source = getattr(getattr(error, "diag", None), "source_file", None)
        return sqlstate if source in _STORAGE else None
    short = sqlstate[:2] in ("53", "58") or sqlstate in ("XX001", "XX002")
    return sqlstate if short and not isinstance(error, NoRoom) else None


# So many names a person reads in a hint.
MAX_NAMES = 10
# Characters of a name that are compared; no valid name has more.
_MAX_COMPARED = 300


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a HINT that names the valid name closest to ``name``, or lists the valid ones."""
    names = list(dict.fromkeys(valid))
    name = name[:_MAX_COMPARED]
    folded = {candidate.lower(): candidate for candidate in names}
    close = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{folded[close[0]]}"?'
    if not names:
        return ""
    more = ", ..." if len(names) > MAX_NAMES else "."
    return "Valid names are: " + ", ".join(names[:MAX_NAMES]) + more


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 3] + "..."
