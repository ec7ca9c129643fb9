"""What methods draw their candidates with. One sampler a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.search._base import Terms
from cerebro_db.search.samplers._base import Sampler
from cerebro_db.search.samplers.random import RandomSampler

__all__ = ["RandomSampler", "Sampler", "sampler_of"]

_SAMPLERS = {"random": RandomSampler}


def sampler_of(options: Mapping[str, Any], terms: Terms) -> Sampler:
    """Return the sampler that the option "sampler" of a method names; the default is "random".

    Raises:
        InvalidArgument: there is no such sampler.
    """
    name = options.get("sampler", "random")
    if not isinstance(name, str) or name not in _SAMPLERS:
        raise InvalidArgument(
            f'option "sampler" of a search cannot be {json.dumps(name)}',
            detail="The samplers are " + ", ".join(_SAMPLERS) + ".",
            hint=nearest(str(name), _SAMPLERS),
        )
    return _SAMPLERS[name](terms.space, terms.seed, terms.poll)
