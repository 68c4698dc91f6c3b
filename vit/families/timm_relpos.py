"""timm's ``VisionTransformerRelPos``: patches are told how far apart they are, by a table or by a small network."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.timm_arguments import activation, arguments, classes, encoder, only, plain_mlp, pooling
from vit.families.timm_family import timm_family
from vit.model.config import ViTConfig

DEFAULTS: dict[str, Any] = {
    "img_size": 224, "patch_size": 16, "in_chans": 3, "num_classes": 1000, "global_pool": "avg", "embed_dim": 768,
    "depth": 12, "num_heads": 12, "mlp_ratio": 4.0, "qkv_bias": True, "qk_norm": False, "init_values": 1e-6,
    "class_token": False, "fc_norm": False, "rel_pos_type": "mlp", "rel_pos_dim": None, "shared_rel_pos": False,
    "embed_layer": "PatchEmbed", "norm_layer": None, "act_layer": None, "block_fn": "RelPosBlock",
}  # fmt: skip


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    found = arguments(hub, DEFAULTS)
    only(found, "embed_layer", "PatchEmbed")
    only(found, "block_fn", "RelPosBlock", "ResPostRelPosBlock")
    only(found, "rel_pos_type", "mlp", "bias")
    only(found, "global_pool", "avg", "token", "")
    prefix = ("cls",) if reading.flag(found, "class_token") else ()
    after = found["block_fn"] == "ResPostRelPosBlock"
    return ViTConfig(
        **encoder(found),
        **plain_mlp(found, activation(found["act_layer"])),
        **pooling(found, prefix, reading.flag(found, "fc_norm")),
        layer_scale=reading.number(found, "init_values") if found["init_values"] and not after else None,
        norm_after_branch=after,
        qk_norm=reading.flag(found, "qk_norm"),
        prefix=prefix,
        positioned_prefix=0,
        position="relative",
        **classes(hub, found["num_classes"]),
    )


FAMILY = timm_family("VisionTransformerRelPos", config)
