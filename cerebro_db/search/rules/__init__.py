"""Rules that end trials beside any method: pruning, early stopping. One rule a file."""

from __future__ import annotations

from cerebro_db.errors import InvalidArgument
from cerebro_db.search._base import Search
from cerebro_db.search.at_once import AllAtOnce
from cerebro_db.search.options import Asked
from cerebro_db.search.rules.early_stopping import EarlyStopping
from cerebro_db.search.rules.pruners import pruner_of
from cerebro_db.search.rules.pruning import Cohort, Pruning

__all__ = ["ruled"]


def ruled(search: Search, asked: Asked) -> Search:
    """Return the search with the rules in front of it that were asked for.

    Raises:
        InvalidArgument: a rule makes no sense, or none beside this method.
    """
    if asked.prune is not None:
        pruner = pruner_of(asked.prune, search.terms)
        if pruner.COMPARES and search.COMPARES:
            raise InvalidArgument(
                f'"prune" does not go with search method "{asked.method}"',
                detail="The method itself ends what is worse than others.",
                hint='Leave "prune" out, take random, grid or tpe, or prune by a bound: '
                '{"threshold": 0.6}.',
            )
        together = pruner.COMPARES and isinstance(search, AllAtOnce)
        strict = search.terms.order == "strict"
        search = (Cohort if together and strict else Pruning)(search, pruner)
    if asked.early_stopping is not None:
        search = EarlyStopping(search, asked.early_stopping)
    return search
