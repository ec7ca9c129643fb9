"""The files of ``tests/hostile/states``, which ``tests/hostile/make_states.py`` writes: bytes where
weights are expected. All are refused with SQLSTATE 22000."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cerebro_db.model import Spec, resolve
from cerebro_db.model.signature import Input, Output, Signature

_FOLDER = Path(__file__).parent / "hostile" / "states"

_DAMAGED = "stored tensors are damaged"
# By folder, what who predicts without a framework says, and who puts weights into a model.
_SAYS = {
    "offsets": (_DAMAGED, _DAMAGED),
    "shapes": (_DAMAGED, _DAMAGED),
    "manifests": (_DAMAGED, _DAMAGED),
    "hashes": (_DAMAGED, _DAMAGED),
    "formats": (_DAMAGED, _DAMAGED),
    "values": ("weights that are not finite numbers", "weights that are not finite numbers"),
    "models": ("a state does not fit its model", "the state is not that of this model"),
    "graphs": ("a state does not fit its model", None),
    "training": (None, "the state is not that of this model"),
}


@dataclass(frozen=True)
class State:
    """One case; what is said of it where it is refused, None where it need not be."""

    name: str
    content: bytes
    predicting: str | None
    training: str | None


def hostile_states() -> list[State]:
    """Return all cases, in order."""
    paths = sorted(path for path in _FOLDER.rglob("*") if path.is_file())
    return [
        State(str(path.relative_to(_FOLDER)), path.read_bytes(), *_SAYS[path.parent.name])
        for path in paths
    ]


def spec() -> Spec:
    """Return the configuration whose state the sound one is."""
    signature = Signature(
        (Input("numeric", "numeric", (2,), "float32"),),
        Output("binary", ("y",), 1, ("no", "yes"), (50, 50)),
    )
    return resolve({"family": "linear"}, {}, signature, lambda name: {})
