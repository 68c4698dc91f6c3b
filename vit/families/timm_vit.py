"""timm's ``VisionTransformer`` (Wightman 2019, https://github.com/huggingface/pytorch-image-models): ViT, AugReg, DeiT,
MAE, DINO, DINOv2, CLIP, SigLIP, AIMv2 and many more by arguments; and DeiT with a distillation token."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.timm_arguments import (
    activation,
    arguments,
    classes,
    encoder,
    mlp_width,
    norm,
    only,
    plain_mlp,
    pooling,
)
from vit.families.timm_family import timm_family
from vit.families.timm_pairs import SIDE
from vit.model.config import ViTConfig

DEFAULTS: dict[str, Any] = {
    "img_size": 224, "patch_size": 16, "in_chans": 3, "num_classes": 1000, "global_pool": "token",
    "embed_dim": 768, "depth": 12, "num_heads": 12, "mlp_ratio": 4.0, "qkv_bias": True, "qk_norm": False,
    "scale_attn_norm": False, "scale_mlp_norm": False, "proj_bias": True, "init_values": None,
    "class_token": True, "pos_embed": "learn", "no_embed_class": False, "reg_tokens": 0, "pre_norm": False,
    "final_norm": True, "fc_norm": None, "pool_include_prefix": False, "dynamic_img_pad": False,
    "embed_layer": "PatchEmbed", "embed_norm_layer": None, "norm_layer": None, "act_layer": None,
    "block_fn": "Block", "mlp_layer": "Mlp", "attn_layer": "Attention",
}  # fmt: skip


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    found = arguments(hub, DEFAULTS)
    registers = reading.registers({"num_register_tokens": found["reg_tokens"]})
    cls = ("cls",) if reading.flag(found, "class_token") else ()
    return ViTConfig(**_vit(hub, found, (*cls, *(f"reg{i}" for i in range(registers)))))


def config_distilled(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    found = arguments(hub, DEFAULTS)
    only(found, "global_pool", "token")
    return ViTConfig(**{**_vit(hub, found, ("cls", "dist")), "pooling": "cls+dist"})


def _vit(hub: dict[str, Any], found: dict[str, Any], prefix: tuple[str, ...]) -> dict[str, Any]:
    """The arguments of a :class:`ViTConfig`. ValueError, by name, for an argument whose value cannot be shown."""
    only(found, "embed_layer", "PatchEmbed")  # HybridEmbed: the patches come out of a convolutional network
    only(found, "block_fn", "Block", "ResPostBlock", "ParallelThingsBlock", "ParallelScalingBlock")
    only(found, "attn_layer", "Attention", "", "attn")  # "diff": the difference of two patterns is no pattern
    only(found, "dynamic_img_pad", False)
    only(found, "pos_embed", "learn", "none", "")
    averaged = found["global_pool"] in ("avg", "avgmax", "max")
    late = averaged if found["fc_norm"] is None else reading.flag(found, "fc_norm")
    pooled = pooling(found, prefix, late)
    if not reading.flag(found, "final_norm"):
        pooled["last_norm"] = "none"
    after, twice = found["block_fn"] == "ResPostBlock", found["block_fn"] == "ParallelThingsBlock"
    scaled = found["init_values"] and not after and not twice
    shared = encoder(found)
    mlp = _mlp(found)
    return {
        **shared,
        **mlp,
        **pooled,
        "heads": shared["heads"] * (SIDE if twice else 1),
        "attention_width": shared["width"] * SIDE if twice else None,
        "mlp_width": mlp["mlp_width"] * (SIDE if twice else 1),
        "norm_after_branch": after,
        "parallel": found["block_fn"] == "ParallelScalingBlock",
        "layer_scale": reading.number(found, "init_values") if scaled else None,
        "patch_bias": not reading.flag(found, "pre_norm"),
        "norm_before_blocks": found["pre_norm"],
        "patch_norm": _patch_norm(found),
        "qk_norm": reading.flag(found, "qk_norm"),
        "attention_norm": reading.flag(found, "scale_attn_norm"),
        "mlp_norm": reading.flag(found, "scale_mlp_norm"),
        "linear_bias": reading.flag(found, "proj_bias"),
        "prefix": prefix,
        "positioned_prefix": 0 if reading.flag(found, "no_embed_class") else len(prefix),
        "position": "learned" if found["pos_embed"] == "learn" else "none",
        "pool_prefix": reading.flag(found, "pool_include_prefix"),
        **classes(hub, found["num_classes"]),
    }


def _patch_norm(found: dict[str, Any]) -> bool:
    """Whether patches are normed before positions; ValueError where that is another kind of norm than the rest."""
    if found["embed_norm_layer"] is None:
        return False
    if norm(found["embed_norm_layer"]) != norm(found["norm_layer"]):
        raise ValueError(f"embed_norm_layer {found['embed_norm_layer']!r} beside another norm_layer cannot be shown")
    return True


def _mlp(found: dict[str, Any]) -> dict[str, Any]:
    only(found, "mlp_layer", "Mlp", "SwiGLU", "SwiGLUPacked")
    act = activation(found["act_layer"])
    if found["mlp_layer"] == "Mlp":
        return plain_mlp(found, act)
    if act != "silu" or found["global_pool"] == "map":
        raise ValueError(f"mlp_layer {found['mlp_layer']!r} with act_layer {act!r} and global_pool cannot be shown")
    return {"activation": "swiglu", "mlp_width": mlp_width(found) // (2 if found["mlp_layer"] == "SwiGLUPacked" else 1)}


FAMILY = timm_family("VisionTransformer", config)
DISTILLED = timm_family("VisionTransformerDistilled", config_distilled)
