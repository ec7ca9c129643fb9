"""Which framework a run takes."""

import pytest

from cerebro_db.errors import MissingFramework
from cerebro_db.model.frameworks import JAX, TENSORFLOW, TORCH, Framework, Wanted, chosen


@pytest.mark.parametrize(
    ("wanted", "installed", "taken"),
    [
        ("auto", (TENSORFLOW, JAX), TENSORFLOW),
        ("auto", (JAX,), JAX),
        ("auto", (TORCH, JAX), JAX),
        ("auto", (TORCH,), TORCH),
        ("jax", (TENSORFLOW, JAX), JAX),
        ("torch", (TENSORFLOW, JAX, TORCH), TORCH),
        ("tensorflow", (TENSORFLOW,), TENSORFLOW),
    ],
)
def test_a_run_takes_what_is_wanted(
    wanted: Wanted, installed: tuple[Framework, ...], taken: Framework
) -> None:
    assert chosen(wanted, installed) == taken


@pytest.mark.parametrize(
    ("wanted", "installed", "message", "detail", "hint"),
    [
        ("jax", (TENSORFLOW,), "JAX is not", "has TensorFlow.", '"tensorflow jax"'),
        (
            "torch",
            (TENSORFLOW, JAX),
            "PyTorch is not",
            "TensorFlow, JAX.",
            '"tensorflow jax torch"',
        ),
        ("tensorflow", (JAX,), "TensorFlow is not", "has JAX.", '"tensorflow jax"'),
        ("auto", (), "TensorFlow is not", "no framework", '"tensorflow"'),
    ],
)
def test_what_is_not_installed_is_refused(
    wanted: Wanted, installed: tuple[Framework, ...], message: str, detail: str, hint: str
) -> None:
    with pytest.raises(MissingFramework, match=message) as caught:
        chosen(wanted, installed)
    assert caught.value.sqlstate == "55000"
    assert detail in caught.value.detail
    assert f"make install FRAMEWORKS={hint}" in caught.value.hint
