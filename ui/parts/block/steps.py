"""One token's way through one block, worked out once for all sessions."""

from __future__ import annotations

from ui.server.shared import model_result
from ui.session.scene import Scene
from vit import Trace, ViT
from vit.analysis import block_steps
from vit.analysis.block_steps import Added, BlockSteps


@model_result(max_bytes=16e6)
def _steps(key: tuple[str, ...], layer: int, token: int, _model: ViT, _trace: Trace) -> BlockSteps:
    return block_steps.block_steps(_model, _trace, layer, token)


@model_result(max_entries=512)
def added(key: tuple[str, ...], token: int, _trace: Trace) -> Added:
    """What every block adds to the vector of a token."""
    return block_steps.added(_trace, token)


def steps_of(scene: Scene) -> BlockSteps:
    """The way of the chosen token through the chosen block."""
    return _steps(scene.key, scene.layer, scene.token, scene.model, scene.trace)
