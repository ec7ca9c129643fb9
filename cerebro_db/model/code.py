"""Registered code: a layer, a loss or a metric as source, which an administrator has put down.

What stands here reads the source and never executes it. A ``Code`` travels within each ``Spec``
that uses it, so that a run keeps the code that it was started with; who trains checks the hash and
executes it (``training/registered.py``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, get_args

from cerebro_db.errors import InvalidArgument, LimitExceeded, nearest
from cerebro_db.model.values import choice, shown
from cerebro_db.words import counted

Kind = Literal["layer", "loss", "metric"]

# In which Keras registers the layers among them.
PACKAGE = "cerebro"

# Characters of one source: it goes to the worker with every unit.
MAX_SOURCE = 65_536


@dataclass(frozen=True)
class Code:
    """One version of registered code; ``sha256`` is that of the source as UTF-8, in hexadecimal."""

    name: str
    kind: Kind
    source: str
    sha256: str


@dataclass(frozen=True)
class Outline:
    """The statements of a source about its class or function.

    - arguments: as the source writes them, without ``self``; a layer's are those of ``__init__``.
    - names: what a config may give a layer, and ``required`` what it has to.
    - passes_on: whether a layer takes ``**kwargs``, so what every layer of Keras takes.
    - higher_is_better: a metric's direction.
    """

    arguments: str
    names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    passes_on: bool = False
    higher_is_better: bool | None = None


def registered_layer(layer: Any) -> str | None:
    """Return the name of the registered layer that an object of a config is, or None."""
    if not isinstance(layer, dict) or not isinstance(layer.get("class_name"), str):
        return None
    registered_name = layer.get("registered_name")
    within = isinstance(registered_name, str) and registered_name.startswith(f"{PACKAGE}>")
    return layer["class_name"] if within or layer.get("module") == PACKAGE else None


# Gives the registered code of a name and kind, None if there is none.
FindCode = Callable[[str, Kind], Code | None]


def no_code(name: str, kind: Kind) -> None:
    """Find nothing."""


def code_of(name: str | None, kind: str | None, source: str) -> Code:
    """Return the code that is to be registered, after reading its source.

    Raises:
        InvalidArgument: the kind is unknown, or the source has not exactly one class or function of
            that name that can be what it is to be.
        LimitExceeded: the source is too long.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
        raise InvalidArgument(
            "registered code needs the name of its class or function",
            detail=f"The name given is {shown(name)}.",
            hint="Use up to 63 letters, digits and underscores.",
        )
    choice(*get_args(Kind))(kind, "kind")
    if len(source) > MAX_SOURCE:
        raise LimitExceeded(
            "the source is too long",
            detail=f"It has {counted(len(source), 'character')}; {MAX_SOURCE:,} are the most.",
            hint="Register each class or function with what it needs alone.",
        )
    digest = sha256(source.encode()).hexdigest()
    code = Code(name, kind, source, digest)  # type: ignore[arg-type]
    outline(code)
    return code


@lru_cache(maxsize=256)
def outline(code: Code) -> Outline:
    """Return what the source states; raise InvalidArgument as ``code_of`` does."""
    module = _parsed(code)
    node = _defined(code, module)
    match code.kind:
        case "layer":
            return _layer(node)
        case "loss":
            return Outline(_pair(code, node, "truth, logits"))
        case _:
            _numpy_only(code, module)
            arguments = _pair(code, node, "truth, predicted")
            return Outline(arguments, higher_is_better=_direction(code, module))


def _parsed(code: Code) -> ast.Module:
    try:
        return ast.parse(code.source, f"<{code.kind} {code.name}>")
    except SyntaxError as error:
        raise InvalidArgument(
            f"line {error.lineno} of the source is no Python: {error.msg}",
            detail=f"Found {(error.text or '').strip()!r}.",
            hint="Try it in a session of your own first.",
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidArgument(
            "the source is no Python",
            detail=f"Reading it ended with: {error or 'too deeply nested'}",
            hint="Try it in a session of your own first.",
        ) from None


def _defined(code: Code, module: ast.Module) -> ast.ClassDef | ast.FunctionDef:
    """Return the one class or function of the code's name at the top of its source."""
    is_class = code.kind == "layer"
    wanted = ast.ClassDef if is_class else ast.FunctionDef
    word, keyword = ("class", "class") if is_class else ("function", "def")
    there = [node for node in module.body if isinstance(node, wanted)]
    found = [node for node in there if node.name == code.name]
    if len(found) != 1:
        names = [node.name for node in there]
        raise InvalidArgument(
            f"the source of a {code.kind} has one {word} of its name, {code.name}, at its top",
            detail=f"It has {len(found)}" + (f"; there are: {', '.join(names)}." if names else "."),
            hint="Leave one of them."
            if found
            else nearest(code.name, names) or f"Write it there: {keyword} {code.name}(...)",
        )
    return found[0]


def _layer(node: ast.AST) -> Outline:
    assert isinstance(node, ast.ClassDef)
    if not node.bases:
        raise InvalidArgument(
            f"the class {node.name} is derived from nothing",
            detail="A layer is derived from keras.layers.Layer.",
            hint=f"Write: class {node.name}(keras.layers.Layer).",
        )
    made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    if not made:
        return Outline("**kwargs", passes_on=True)
    arguments = made[-1].args
    own = arguments.args[1:]
    optional = {a.arg for a in own[len(own) - len(arguments.defaults) :] if arguments.defaults}
    named = [a.arg for a in own]
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        named.append(argument.arg)
        if default is not None:
            optional.add(argument.arg)
    if arguments.posonlyargs:
        raise InvalidArgument(
            f"the arguments of {node.name}.__init__ have to be named",
            detail=f"It has {ast.unparse(arguments)}.",
            hint="Leave out the /.",
        )
    written = ast.unparse(arguments).partition(", ")[2]
    required = tuple(name for name in named if name not in optional)
    return Outline(written, tuple(named), required, arguments.kwarg is not None)


def _pair(code: Code, node: ast.AST, wanted: str) -> str:
    """Return a function's arguments after checking that it can be called with two tensors."""
    assert isinstance(node, ast.FunctionDef)
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    if needed > 2 or positional < 2 or None in arguments.kw_defaults:
        raise InvalidArgument(
            f"a {code.kind} takes two arguments: {wanted}",
            detail=f"{code.name} has ({ast.unparse(arguments)}).",
            hint=f"Write: def {code.name}({wanted}). Others need defaults.",
        )
    return ast.unparse(arguments)


def _direction(code: Code, module: ast.Module) -> bool:
    """Return what the source sets ``higher_is_better`` to at its top."""
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "higher_is_better" for t in targets):
            value = getattr(node, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                return value.value
    raise InvalidArgument(
        f"the metric {code.name} does not say which direction is better",
        detail="Its source sets higher_is_better to neither True nor False at its top.",
        hint="Write a line: higher_is_better = False",
    )


def _numpy_only(code: Code, module: ast.Module) -> None:
    """Refuse frameworks in a metric: it is also measured in sessions that have none."""
    for node in ast.walk(module):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.partition(".")[0] in ("keras", "tensorflow", "torch", "jax"):
                raise InvalidArgument(
                    f"a metric computes with numpy, and {code.name} imports {name}",
                    detail=f"Found in line {node.lineno}.",  # type: ignore[attr-defined]
                    hint="Its arguments are arrays of numpy.",
                )
