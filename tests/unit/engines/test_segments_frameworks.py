"""Which frameworks a segment's process takes beside the server's just-in-time compiler."""

from __future__ import annotations

import pytest
from recording import Recorder

from cerebro_db.engines.greenplum.inference import refuse_beside_jit
from cerebro_db.errors import NotPermitted
from cerebro_db.model.frameworks import JAX, TENSORFLOW, TORCH, Framework


def recorder(*, jit: bool) -> Recorder:
    """Return a session that is asked whether its compiler is on."""
    found = Recorder("greenplum6", answers={"'jit'": [{"found": int(jit)}]})
    found.title("settings")
    return found


def test_tensorflow_is_refused_by_name_where_the_compiler_is_on() -> None:
    with pytest.raises(NotPermitted) as caught:
        refuse_beside_jit(recorder(jit=True), TENSORFLOW)
    assert "together with TensorFlow it ends the server" in caught.value.detail
    refuse_beside_jit(recorder(jit=False), TENSORFLOW)


# tests/integration/test_just_in_time.py has both in one process.
@pytest.mark.parametrize("framework", [JAX, TORCH])
def test_others_go_together_with_the_compiler(framework: Framework) -> None:
    refuse_beside_jit(recorder(jit=True), framework)
