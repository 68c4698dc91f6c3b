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
    from vit.config import PRESETS, ViTConfig
    from vit.images import PictureError, open_image
    from vit.layout import TokenLayout
    from vit.model import ViT
    from vit.pretrained import load_pretrained
    from vit.trace import BlockTrace, Trace

_HOME = {
    "PRESETS": "config",
    "ViTConfig": "config",
    "PictureError": "images",
    "open_image": "images",
    "ViT": "model",
    "load_pretrained": "pretrained",
    "BlockTrace": "trace",
    "TokenLayout": "layout",
    "Trace": "trace",
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
