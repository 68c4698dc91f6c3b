"""Small random models of timm's architectures, every flag of the name kept, saved as timm saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.support.families import randomise
from vit.families.timm_arguments import architectures

SHOWN = ("VisionTransformer", "VisionTransformerDistilled", "Beit", "Eva", "VisionTransformerRelPos")
NAMES = {name: known for name, known in architectures().items() if known["class"] in SHOWN}
# By their flags; the rest of the names can all be opened.
REFUSED = {
    "HybridEmbed": [name for name, known in NAMES.items() if known.get("embed_layer") == "HybridEmbed"],
    "diff": [name for name, known in NAMES.items() if known.get("attn_layer") == "diff"],
    "DiffParallelScalingBlock": [
        name for name, known in NAMES.items() if known.get("block_fn") == "DiffParallelScalingBlock"
    ],
}
OPENED = [name for name in NAMES if not any(name in refused for refused in REFUSED.values())]


def build(name: str, **changed: Any) -> torch.nn.Module:
    """The architecture with 2 blocks of 4 heads and pictures of 2 × 3 patches; every parameter random."""
    import timm

    known = NAMES[name]
    patch = known.get("patch_size", 16)
    small = {"depth": 2, "embed_dim": 32, "num_heads": 4, "img_size": (2 * patch, 3 * patch), "num_classes": 3}
    if "num_kv_heads" in known:  # one for each block
        small["num_kv_heads"] = (4, 2)
    if "attn_pool_num_heads" in known:
        small["attn_pool_num_heads"] = 2
    torch.manual_seed(0)
    return randomise(timm.create_model(name, **{**small, **changed}).eval())


def save(model: torch.nn.Module, folder: Path, safe: bool = True) -> Path:
    import timm

    timm.models.save_for_hf(model, str(folder), safe_serialization=safe)
    return folder
