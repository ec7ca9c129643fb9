"""The first state of a configuration that begins with another's weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cerebro_db.errors import DataError
from cerebro_db.model.spec import Spec
from cerebro_db.tensors import Tensors
from cerebro_db.training.keras.network import Network, build_network
from cerebro_db.training.keras.optimizers import slots_kept
from cerebro_db.training.keras.weights import weights, weights_by_layer
from cerebro_db.training.states import STEP, read_state, slot_name

# Of so many lenders a process remembers where their weights are.
_MAX_LENDERS = 4


@dataclass(frozen=True)
class _Place:
    """Where a state has a weight of a layer: its name, and its position among those that are
    trained, None if it is not."""

    name: str
    trained: int | None


_Places = dict[str, list[_Place]]

_lenders: OrderedDict[str, _Places] = OrderedDict()


def taken_over(
    spec: Spec,
    network: Network,
    initial: Tensors,
    lender: Spec,
    state: bytes | None,
    poll: Callable[[], None],
) -> Tensors:
    """Return the state in which a configuration begins, with the weights that it takes over.

    Args:
        spec: the configuration.
        network: its network.
        initial: the state in which it would begin anew.
        lender: the configuration whose weights it begins with.
        state: of that one, as ``lent_state`` gives it.
        poll: called while the other one's network is built; raises to give up.

    Raises:
        DataError: the state is damaged, or another than the configuration says.
    """
    begins_with = spec.pretrained
    if begins_with is None or state is None or sha256(state).hexdigest() != begins_with.sha256:
        raise DataError(
            "the weights are not those that this configuration begins with",
            detail="Their hash is another than the configuration has.",
            hint="Restore them from a backup, or start another run.",
        )
    given = read_state(state)
    theirs, own = _places_of(begins_with.sha256, lender, poll), _places(network)
    variables = network.trainable_variables
    pairs = [(STEP, STEP)] if begins_with.optimizer else []
    for layer in begins_with.layers:
        there = theirs.get(layer, [])
        if len(there) != len(own[layer]):
            raise _misfit(layer)
        for source, target in zip(there, own[layer], strict=True):
            pairs.append((source.name, target.name))
            if begins_with.optimizer and source.trained is not None and target.trained is not None:
                pairs += [
                    (slot_name(source.trained, slot), slot_name(target.trained, slot))
                    for slot in slots_kept(spec, variables[target.trained])
                ]
    begun = dict(initial)
    for source_name, target_name in pairs:
        found, wanted = given.get(source_name), initial[target_name]
        if found is None or (found.dtype, found.shape) != (wanted.dtype, wanted.shape):
            raise _misfit(source_name)
        begun[target_name] = found
    return begun


def _places_of(key: str, lender: Spec, poll: Callable[[], None]) -> _Places:
    found = _lenders.pop(key, None) or _places(build_network(lender, poll=poll))
    _lenders[key] = found
    if len(_lenders) > _MAX_LENDERS:
        _lenders.popitem(last=False)
    return found


def _places(network: Network) -> _Places:
    """Return where a state has the weights of each layer of a network."""
    names = {id(variable): name for name, variable in weights(network).items()}
    variables = network.trainable_variables
    trained = {names[id(variable)]: i for i, variable in enumerate(variables)}
    return {
        layer: [_Place(name, trained.get(name)) for name in own]
        for layer, own in weights_by_layer(network).items()
    }


def _misfit(what: str) -> DataError:
    return DataError(
        "the weights that this configuration begins with are not those of its lender",
        detail=f"They do not fit at {what}.",
        hint="Restore them from a backup, or start another run.",
    )
