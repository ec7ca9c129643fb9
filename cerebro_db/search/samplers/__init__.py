"""What methods draw their candidates with. One sampler a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import Terms
from cerebro_db.search.samplers._base import Sampler
from cerebro_db.search.samplers.random import RandomSampler
from cerebro_db.search.samplers.tpe import TpeSampler
from cerebro_db.search.space import Space

__all__ = ["RandomSampler", "Sampler", "TpeSampler", "drawn", "sampler_of"]

_SAMPLERS: dict[str, Callable[[Space, int, Callable[[], None]], Sampler]] = {
    "random": RandomSampler,
    "tpe": TpeSampler,
}


def sampler_of(options: Mapping[str, Any], terms: Terms) -> Sampler:
    """Return the sampler that the option "sampler" of a method names; the default is "random".

    Raises:
        InvalidArgument: there is no such sampler.
    """
    name = options.get("sampler", "random")
    if not isinstance(name, str) or name not in _SAMPLERS:
        raise InvalidArgument(
            'option "sampler" of a search must be one of ' + ", ".join(_SAMPLERS),
            detail=f"It is {json.dumps(name)}.",
            hint=nearest(str(name), _SAMPLERS),
        )
    return _SAMPLERS[name](terms.space, terms.seed, terms.poll)


def drawn(sampler: Sampler, trials: Iterable[int]) -> list[dict[str, Any]]:
    """Return the values of these trials; of the first ones only where the space holds no more."""
    found = []
    for trial in trials:
        params = sampler.sample(trial)
        if params is None:
            break
        found.append(params)
    return found
