"""timm's ``Eva``: EVA and EVA-02 (Fang et al. 2023, arXiv 2303.11331), DINOv3, Perception Encoder (Bolya et al. 2025,
arXiv 2504.13181), RoPE-ViT (Heo et al. 2024, arXiv 2403.13298) and others with rotary positions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.timm_arguments import arguments, classes, encoder, mlp_width, only, plain_mlp, pooling
from vit.families.timm_family import timm_family
from vit.model.config import ViTConfig

DEFAULTS: dict[str, Any] = {
    "img_size": 224, "patch_size": 16, "in_chans": 3, "num_classes": 1000, "global_pool": "avg", "embed_dim": 768,
    "depth": 12, "num_heads": 12, "num_kv_heads": None, "qkv_bias": True, "qkv_fused": True, "qk_norm": False,
    "mlp_ratio": 4.0, "swiglu_mlp": False, "swiglu_align_to": 0, "scale_mlp": False, "scale_attn_inner": False,
    "gated_attn": False, "attn_type": "eva", "norm_layer": None, "init_values": None, "attn_only_layer_scale": False,
    "class_token": True, "num_reg_tokens": 0, "no_embed_class": False, "use_abs_pos_emb": True,
    "use_rot_pos_emb": False, "rope_type": "cat", "rope_grid_offset": 0.0, "rope_grid_indexing": "ij",
    "rope_temperature": 10000.0, "rope_rotate_half": False, "rope_mrope_section": None, "use_post_norm": False,
    "use_pre_transformer_norm": False, "use_post_transformer_norm": None, "use_fc_norm": None,
    "attn_pool_num_heads": None, "attn_pool_mlp_ratio": None, "dynamic_img_pad": False, "ref_feat_shape": None,
}  # fmt: skip


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    found = arguments(hub, DEFAULTS)
    only(found, "gated_attn", False)
    only(found, "attn_type", "eva", "rope")
    only(found, "dynamic_img_pad", False)
    registers = reading.registers({"num_register_tokens": found["num_reg_tokens"]})
    cls = ("cls",) if reading.flag(found, "class_token") else ()
    prefix = (*cls, *(f"reg{i}" for i in range(registers)))
    after = reading.flag(found, "use_post_norm")
    scaled = found["init_values"] is not None and not after
    return ViTConfig(
        **encoder(found),
        **_mlp(found),
        **_last_norm(found, prefix),
        **_positions(found),
        prefix=prefix,
        positioned_prefix=0 if reading.flag(found, "no_embed_class") else len(prefix),
        layer_scale=reading.number(found, "init_values") if scaled else None,
        norm_after_branch=after,
        norm_before_blocks=reading.flag(found, "use_pre_transformer_norm"),
        patch_bias=not found["use_pre_transformer_norm"],
        qk_norm=reading.flag(found, "qk_norm"),
        attention_norm=reading.flag(found, "scale_attn_inner"),
        mlp_norm=reading.flag(found, "scale_mlp"),
        map_heads=found["attn_pool_num_heads"],
        map_mlp_width=_map_mlp_width(found),
        **classes(hub, found["num_classes"]),
    )


def _mlp(found: dict[str, Any]) -> dict[str, Any]:
    if not reading.flag(found, "swiglu_mlp"):
        return plain_mlp(found, "gelu")
    width, step = mlp_width(found), found["swiglu_align_to"]
    if step and (found["scale_mlp"] or not found["use_post_norm"]):
        width += -width % reading.whole(found, "swiglu_align_to")
    only(found, "global_pool", "avg", "token", "max", "avgmax", "")  # a MAP head's own MLP would not be gated
    return {"activation": "swiglu", "mlp_width": width}


def _map_mlp_width(found: dict[str, Any]) -> int | None:
    ratio = found["attn_pool_mlp_ratio"]
    return None if ratio is None else mlp_width({**found, "mlp_ratio": ratio})


def _last_norm(found: dict[str, Any], prefix: tuple[str, ...]) -> dict[str, Any]:
    """timm asks for a norm before pooling and for one after it apart; both at once are not shown."""
    late = found["global_pool"] == "avg" if found["use_fc_norm"] is None else reading.flag(found, "use_fc_norm")
    post = found["use_post_transformer_norm"]
    early = not late if post is None else reading.flag(found, "use_post_transformer_norm")
    if early and late:
        raise ValueError("use_post_transformer_norm and use_fc_norm together cannot be shown")
    return pooling(found, prefix, late) | ({} if early or late else {"last_norm": "none"})


def _positions(found: dict[str, Any]) -> dict[str, Any]:
    learned = ["learned"] if reading.flag(found, "use_abs_pos_emb") else []
    if not reading.flag(found, "use_rot_pos_emb"):
        return {"position": "+".join(learned) or "none"}
    only(found, "rope_type", "cat", "dinov3", "mixed")
    only(found, "rope_grid_indexing", "ij", "xy")
    kind = found["rope_type"]
    reference = found["ref_feat_shape"] if kind == "cat" else None
    return {
        "position": "+".join([*learned, "rotary"]),
        "rope_coordinates": {"cat": "index", "dinov3": "centred", "mixed": "learned"}[kind],
        "rope_theta": reading.number(found, "rope_temperature"),
        "rope_offset": 0.0 if kind == "mixed" else reading.number(found, "rope_grid_offset"),
        "rope_reference": None if reference is None else reading.sides({"ref_feat_shape": reference}, "ref_feat_shape"),
        "rope_columns_first": found["rope_grid_indexing"] == "xy",
        "rope_neighbours": not reading.flag(found, "rope_rotate_half"),
    }


FAMILY = timm_family("Eva", config)
