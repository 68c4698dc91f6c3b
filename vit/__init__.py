"""A Vision Transformer from scratch, in PyTorch and einops, that shows everything it does.

>>> from vit import load_pretrained
>>> model = load_pretrained("dinov2-small-imgfocus")
>>> trace = model.trace(model.preprocess(pil_image))
>>> trace.blocks[5].pattern.shape      # attention of every head in block 5: (b, h, n, n)

The names below are imported when first used: importing ``vit`` alone does not import torch, so an
interface can draw its first words before that.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vit.checkpoints.loading import load_pretrained
    from vit.model.config import PRESETS, ViTConfig
    from vit.model.layout import TokenLayout
    from vit.model.trace import BlockTrace, Trace
    from vit.model.vit import ViT
    from vit.pictures.open import PictureError, open_image

_HOME = {
    "PRESETS": "model.config",
    "ViTConfig": "model.config",
    "PictureError": "pictures.open",
    "open_image": "pictures.open",
    "ViT": "model.vit",
    "load_pretrained": "checkpoints.loading",
    "BlockTrace": "model.trace",
    "TokenLayout": "model.layout",
    "Trace": "model.trace",
}
__all__ = [
    "PRESETS",
    "BlockTrace",
    "PictureError",
    "TokenLayout",
    "Trace",
    "ViT",
    "ViTConfig",
    "load_pretrained",
    "open_image",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'vit' has no attribute {name!r}")
    return getattr(import_module(f"vit.{_HOME[name]}"), name)
