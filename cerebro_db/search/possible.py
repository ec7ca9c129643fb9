"""Whether the combinations of a space are possible at all, before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice

from cerebro_db.errors import InvalidArgument, LimitExceeded
from cerebro_db.polls import no_poll
from cerebro_db.search.dimensions import Place
from cerebro_db.search.meaning import Params
from cerebro_db.search.space import Space

# Values of the longest list, more or less: others of its kind will do as well.
_MOST_TRIED = 200

Poll = Callable[[], None]


def check_possible(space: Space) -> None:
    """Refuse a space in which something can never count, or can never be a value.

    A hyper-parameter that only some of the models and optimizers have counts with those. Where none
    of those that it stands beside has it, whoever wrote it meant something else.

    Raises:
        CerebroError: that is so; or a model is not registered, or not the role's to use.
    """
    meaning = space.meaning
    refused: dict[str, tuple[Place, Params]] = {}
    taken: set[str] = set()
    for params, chosen, rest in space.choices():
        meaning.require(params)
        for place in (*chosen, *rest):
            if place.label in taken:
                continue
            if place in chosen or space.takes(place.name, params):
                taken.add(place.label)
                _check_values(space, place, params)
            else:
                refused.setdefault(place.label, (place, params))
    for label, (place, params) in refused.items():
        if label not in taken:
            raise meaning.refusal(place.name, params)


def _check_values(space: Space, place: Place, params: Params) -> None:
    for option in place.dimension.options:
        space.meaning.check(place.name, option.value, params)


def check_suitable(space: Space, resolve: Callable[[Params], object], poll: Poll = no_poll) -> None:
    """Refuse a space with a value that suits no dataset like this, in one candidate for each value.

    Args:
        resolve: makes a configuration of a candidate; raises InvalidArgument where that cannot be.
            What is beyond a bound is that one candidate's business.
        poll: called for each; raises to give up.

    Raises:
        InvalidArgument: a candidate makes no configuration; DETAIL names its values.
    """
    for params in islice(space.covering(), _MOST_TRIED):
        poll()
        try:
            resolve(params)
        except LimitExceeded:
            continue
        except InvalidArgument as error:
            error.detail += f" The configuration would be {json.dumps(params)}."
            raise
