"""One configuration, complete: what training needs to know and all that it may depend on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from cerebro_db.model.code import Code, Kind
from cerebro_db.model.configs import one_form
from cerebro_db.model.documents import declared
from cerebro_db.model.frameworks import TENSORFLOW, Framework
from cerebro_db.model.losses import balanced
from cerebro_db.model.optimizers import OPTIMIZERS
from cerebro_db.model.parameters import checked
from cerebro_db.model.signature import Output, Signature


@dataclass(frozen=True)
class FamilyArchitecture:
    """A family and the value of each of its parameters."""

    family: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class KerasArchitecture:
    """A Keras config, admitted and filled, that ends in logits; ``inputs`` maps its input layers to
    the dataset's inputs."""

    keras: dict[str, Any]
    inputs: dict[str, str]


@dataclass(frozen=True)
class Pretrained:
    """The weights of another run's configuration, with which one begins.

    Args:
        sha256: of the state that they are in, as the run has it.
        layers: the names of the layers that take theirs over; all others begin anew.
        optimizer: whether the optimizer goes on with what it has kept of these layers, too.
    """

    sha256: str
    layers: tuple[str, ...]
    optimizer: bool


_COMMON = ("signature", "architecture", "code")


@dataclass(frozen=True)
class Spec:
    """A model with all hyper-parameters set.

    ``label_weights`` holds one weight per class (multilabel: per label). ``weight_decay`` of 0 is
    none at all. ``code`` is all registered code that it takes to train and to measure, as it was
    when this was made: of layers as many as there are, of losses and metrics one at most.
    ``pretrained`` is None where all weights begin anew; layers that ``frozen`` names keep theirs.
    Each ``schedule`` is a name in ``model/schedules.py`` or None, ``warmup`` the share of all steps
    in which the learning rate rises to its schedule. ``ema`` is the rate at which averages of
    weights forget, None where the weights themselves serve. ``clip`` says whether predictions keep
    within the range of the targets that training saw. ``clipnorm`` bounds each gradient's norm,
    ``global_clipnorm`` that of all gradients together, ``clipvalue`` each of their numbers; None:
    none. Releases before 0.3 knew one ``framework``.
    """

    signature: Signature
    architecture: FamilyArchitecture | KerasArchitecture
    optimizer: str
    optimizer_parameters: dict[str, Any]
    learning_rate: float
    batch_size: int
    weight_decay: float
    l2: float
    clipnorm: float | None
    label_weights: tuple[float, ...] | None
    label_smoothing: float
    loss: str
    code: tuple[Code, ...] = ()
    pretrained: Pretrained | None = None
    frozen: tuple[str, ...] = ()
    schedule: str | None = None
    warmup: float = 0.0
    dropout_schedule: str | None = None
    weight_decay_schedule: str | None = None
    ema: float | None = None
    clip: bool = False
    framework: Framework = TENSORFLOW
    global_clipnorm: float | None = None
    clipvalue: float | None = None

    def registered(self, kind: Kind) -> tuple[Code, ...]:
        """Return its registered code of a kind."""
        return tuple(code for code in self.code if code.kind == kind)

    def learned_of(self, output: Output) -> Spec:
        """Return the same model where labels are known from other rows: those that train a fold's
        network. Weights that balance classes are theirs, too."""
        weights = self.label_weights
        if weights is not None and weights == balanced(self.signature.output):
            weights = balanced(output)
        signature = replace(self.signature, output=output)
        return replace(self, signature=signature, label_weights=weights)

    def own(self) -> dict[str, Any]:
        """Return as plain JSON values what ``common`` leaves out: what is small."""
        document = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _COMMON}
        if isinstance(self.architecture, FamilyArchitecture):
            document["architecture"] = asdict(self.architecture)
        if self.pretrained is not None:
            document["pretrained"] = asdict(self.pretrained)
        return document

    def common(self) -> dict[str, Any]:
        """Return as plain JSON values what may be large, and many configurations of a run share."""
        document = {"signature": self.signature.to_json(), "code": [asdict(c) for c in self.code]}
        if isinstance(self.architecture, KerasArchitecture):
            document["architecture"] = asdict(self.architecture)
        return document

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Spec:
        """Rebuild what ``to_json`` wrote, before or after it was stored as JSON."""
        given = declared(cls, document)
        given["signature"] = Signature.from_json(document["signature"])
        architecture = document["architecture"]
        if "family" in architecture:
            given["architecture"] = FamilyArchitecture(**architecture)
        else:
            # Earlier releases kept a list of layers as what it was.
            listed = architecture["keras"].get("class_name") == "Sequential"
            keras = one_form(architecture["keras"]).config if listed else architecture["keras"]
            given["architecture"] = KerasArchitecture(keras, architecture["inputs"])
        own = OPTIMIZERS[document["optimizer"]].parameters
        given["optimizer_parameters"] = checked(own, document["optimizer_parameters"])
        # Nothing could be registered in the first release.
        given["code"] = tuple(Code(**code) for code in document.get("code", ()))
        if pretrained := document.get("pretrained"):
            given["pretrained"] = Pretrained(**declared(Pretrained, pretrained))
        return cls(**given)
