"""Writes tests/hostile/states: each file is a sound state with one flaw, or no state at all.

The sound one is of a linear model of two numbers that tells two classes apart. What a file would do
to who believed it, where it would do anything, is to make the file /tmp/cerebro_was_here.

usage: python tests/hostile/make_states.py     (from the root of the repository)
"""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cerebro_db.tensors import Tensors, notes_of, pack, unpack

FOLDER = Path(__file__).with_name("states")
WEIGHTS = ["weights/000/kernel", "weights/001/bias"]
GRAPH: list[Any] = [[0], [["dense", [0], WEIGHTS, {"activation": "linear"}]]]


def sound() -> bytes:
    """Return a state in which training may go on."""
    tensors: Tensors = {
        "optimizer/step": np.int64(1),
        "weights/000/kernel": np.array([[0.5], [-0.25]], "f4"),
        "weights/001/bias": np.array([0.125], "f4"),
    }
    for number, shape in enumerate([(2, 1), (1,)]):
        for slot in ("mean", "square"):
            tensors[f"optimizer/{number:03}/{slot}"] = np.full(shape, 0.01, "f4")
    return pack(tensors, {"graph": json.dumps(GRAPH)}, hashed=True)


def main() -> None:
    """Write all files."""
    for name, content in (_headers() | _hashes() | _values() | _graphs() | _others()).items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _headers() -> dict[str, bytes]:
    """Manifests that lie about what stands behind them."""

    def offsets(name: str, *places: int) -> bytes:
        return _with_manifest(lambda manifest: manifest[name].update(data_offsets=places))

    def kernel(**entry: Any) -> bytes:
        return _with_manifest(lambda manifest: manifest["weights/000/kernel"].update(entry))

    state = sound()
    length = int.from_bytes(state[:8], "little")
    twice = state[8 : 8 + length].rstrip()[:-1] + b',"weights/001/bias":'
    twice += b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    return {
        "offsets/overlapping": offsets("weights/001/bias", 36, 40),
        "offsets/a_gap": offsets("weights/001/bias", 44, 48),
        "offsets/behind_the_end": offsets("weights/001/bias", 2**40, 2**40 + 4),
        "offsets/backwards": offsets("weights/001/bias", 44, 40),
        "offsets/as_text": _with_manifest(
            lambda manifest: manifest["weights/001/bias"].update(data_offsets="ab")
        ),
        "shapes/overflowing": kernel(shape=[2**62, 4]),
        "shapes/overflowing_and_empty": kernel(shape=[0, 2**70], data_offsets=[32, 32]),
        "shapes/negative": kernel(shape=[-1, -2]),
        "shapes/of_fractions": kernel(shape=[2.0, 1.0]),
        "shapes/of_truths": kernel(shape=[2, True]),
        "shapes/of_objects": kernel(dtype="O"),
        "manifests/huge": (2**63).to_bytes(8, "little") + state[8:],
        "manifests/behind_the_end": len(state).to_bytes(8, "little") + state[8:],
        "manifests/deep": _document(b"[" * 20_000, b""),
        "manifests/no_object": _document(b"[]", b""),
        "manifests/a_name_twice": _document(twice, state[8 + length :]),
        "manifests/not_text": _document(b"\xff\xfe" * 40, state[8 + length :]),
        "manifests/notes_as_list": _with_manifest(
            lambda manifest: manifest.update({"__metadata__": []})
        ),
        "manifests/notes_of_objects": _with_manifest(
            lambda manifest: manifest["__metadata__"].update(graph=GRAPH)
        ),
    }


def _hashes() -> dict[str, bytes]:
    """Other bytes than those that were written."""
    state = sound()
    return {
        "hashes/another_byte": state[:-1] + bytes([state[-1] ^ 1]),
        "hashes/of_other_bytes": _with_manifest(
            lambda manifest: manifest["__metadata__"].update(sha256=sha256(b"other").hexdigest())
        ),
        "hashes/none_to_speak_of": _with_manifest(
            lambda manifest: manifest["__metadata__"].update(sha256="")
        ),
        "hashes/cut": state[:-4],
        "hashes/longer": state + bytes(4),
        "hashes/nothing": b"",
    }


def _values() -> dict[str, bytes]:
    """Well-made states of another model, or of no use."""
    kernel = "weights/000/kernel"
    wide = np.zeros((2, 2), "f4")
    return {
        "values/not_a_number": _with_tensors({kernel: np.array([[np.nan], [1]], "f4")}),
        "values/infinite": _with_tensors({"weights/001/bias": np.array([np.inf], "f4")}),
        "values/negative_infinite": _with_tensors({"weights/001/bias": np.array([-np.inf], "f4")}),
        "models/more_inputs": _with_tensors({kernel: np.zeros((3, 1), "f4")}),
        "models/more_outputs": _with_tensors({kernel: wide, "weights/001/bias": wide[0]}),
        "models/flat": _with_tensors({kernel: np.zeros(2, "f4")}),
        "models/without_weights": _with_tensors({kernel: None}),
        "training/of_doubles": _with_tensors({kernel: np.zeros((2, 1))}),
        "training/one_more": _with_tensors({"weights/002/kernel": wide}),
        "training/without_step": _with_tensors({"optimizer/step": None}),
        "training/of_another_optimizer": _with_tensors({"optimizer/000/velocity": wide}),
    }


def _graphs() -> dict[str, bytes]:
    """Forward passes that are none."""

    def graph(content: Any) -> bytes:
        text = content if isinstance(content, str) else json.dumps(content)
        return pack(unpack(sound()), {"graph": text}, hashed=True)

    return {
        "graphs/an_unknown_operation": graph([[0], [["system", [0], [], {"command": "true"}]]]),
        "graphs/an_unknown_argument": graph([[0], [["dense", [0], WEIGHTS, {"path": "/etc"}]]]),
        "graphs/a_type_of_objects": graph([[0], [["cast", [0], [], {"dtype": "O"}]]]),
        "graphs/no_json": graph("import os"),
        "graphs/deep": graph("[" * 20_000),
        "graphs/a_number": graph(7),
        "graphs/an_input_too_many": graph([[1], GRAPH[1]]),
        "graphs/a_value_that_is_not_there": graph([[0], [["dense", [9], WEIGHTS, {}]]]),
        "graphs/no_steps": graph([[0], []]),
    }


class _Runs:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/cerebro_was_here",)


def _others() -> dict[str, bytes]:
    """What other libraries write, with code in it where they allow that."""
    objects = io.BytesIO()
    np.save(objects, np.array([_Runs()], "O"), allow_pickle=True)
    hdf = io.BytesIO()
    with h5py.File(hdf, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Lambda", "config": {}})
        file["model_weights/kernel"] = np.zeros((2, 1), "f4")
    config = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "system"}}
    return {
        "formats/state.pickle": pickle.dumps(_Runs()),
        "formats/state.npy": objects.getvalue(),
        "formats/state.h5": hdf.getvalue(),
        "formats/state.keras": _zipped({"config.json": json.dumps(config).encode()}),
        "formats/state.pt": _zipped({"archive/data.pkl": pickle.dumps(_Runs(), 2)}),
        "formats/state.zip": _zipped({"../../tmp/cerebro_was_here": b""}),
    }


def _with_manifest(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the sound state with its manifest changed and its tensors' bytes as they are."""
    state = sound()
    end = 8 + int.from_bytes(state[:8], "little")
    manifest = json.loads(state[8:end])
    change(manifest)
    return _document(json.dumps(manifest).encode(), state[end:])


def _document(manifest: bytes, body: bytes) -> bytes:
    return len(manifest).to_bytes(8, "little") + manifest + body


def _with_tensors(changed: dict[str, np.ndarray | None]) -> bytes:
    """Return a state with another hash, since it has other tensors or none where it had one."""
    state = sound()
    tensors = unpack(state) | changed
    kept = {name: array for name, array in tensors.items() if array is not None}
    return pack(kept, {"graph": notes_of(state)["graph"]}, hashed=True)


def _zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return content.getvalue()


if __name__ == "__main__":
    main()
