"""What timm's Vision Transformers call their weights: one table for all of its classes."""

from __future__ import annotations

import torch
from einops import repeat
from torch import Tensor

from vit.families.keys import Keys, Made, OneOf, kernel, layer, rows, same, vector
from vit.families.timm_joined import joined_keys
from vit.families.timm_pairs import pair_keys
from vit.families.timm_relative import relative_ways
from vit.model.config import ViTConfig

IGNORED = {
    "blocks.{i}.attn.relative_position_index": "which row of its table stands for which two patches, nothing learned",
    "blocks.{i}.attn.k_bias": "zeros: a bias on k would add the same to all scores of a query",
    "mask_token": "stands in for hidden patches in pre-training only",
}
_TOKENS = {"cls": "cls_token", "dist": "dist_token", "reg0": "reg_token"}  # one table holds all registers


def keys(config: ViTConfig) -> Keys:
    block = "blocks.{i}"
    swiglu = config.activation == "swiglu"
    return {
        "prefix": rows(*(_TOKENS[token] for token in config.prefix if token in _TOKENS)),
        "position": rows("pos_embed"),
        "patch_embedding.projection.weight": kernel("patch_embed.proj.weight"),
        "patch_embedding.projection.bias": "patch_embed.proj.bias",
        **layer("patch_embedding.norm", "patch_embed.norm"),
        **layer("norm_before", "norm_pre"),
        **layer(f"{block}.norm1", f"{block}.norm1"),
        **layer(f"{block}.scale1", f"{block}.norm1"),  # a norm behind the branch, in the place of LayerScale
        **_qkv(config, f"{block}.attn"),
        **layer(f"{block}.attention.q_norm", f"{block}.attn.q_norm"),
        **layer(f"{block}.attention.k_norm", f"{block}.attn.k_norm"),
        **layer(f"{block}.attention.norm", f"{block}.attn.norm"),
        **layer(f"{block}.attention.out", f"{block}.attn.proj"),
        f"{block}.attention.relative": relative_ways(config.grid, len(config.prefix)),
        f"{block}.attention.frequency": _frequency(config),
        f"{block}.scale1.gamma": same(f"{block}.ls1.gamma", f"{block}.gamma_1"),
        **layer(f"{block}.norm2", f"{block}.norm2"),
        **layer(f"{block}.scale2", f"{block}.norm2"),
        **(_gated(f"{block}.mlp") if swiglu else layer(f"{block}.mlp.up", f"{block}.mlp.fc1")),
        **layer(f"{block}.mlp.norm", f"{block}.mlp.norm"),
        **layer(f"{block}.mlp.down", f"{block}.mlp.fc2"),
        f"{block}.scale2.gamma": OneOf(
            (
                *same(f"{block}.ls2.gamma", f"{block}.gamma_2").ways,
                Made((f"{block}.gamma_1",), torch.ones_like),  # attn_only_layer_scale
            )
        ),
        **{f"norm.{part}": same(f"norm.{part}", f"fc_norm.{part}") for part in ("weight", "bias")},
        **layer("pooled_norm", "fc_norm"),
        "map_head.probe": vector("attn_pool.latent"),
        **layer("map_head.q", "attn_pool.q"),
        **layer("map_head.kv", "attn_pool.kv"),
        **layer("map_head.out", "attn_pool.proj"),
        **layer("map_head.norm", "attn_pool.norm"),
        **layer("map_head.mlp.up", "attn_pool.mlp.fc1"),
        **layer("map_head.mlp.down", "attn_pool.mlp.fc2"),
        **(_averaged_heads() if config.pooling == "cls+dist" else layer("head", "head")),
        **(pair_keys(config) if config.attention_width else {}),
        **(joined_keys(config) if config.parallel else {}),
    }


def _qkv(config: ViTConfig, attention: str) -> Keys:
    """Queries, keys and values: joined, or apart; then keys and values may stand for several heads each (grouped
    queries, Ainslie et al. 2023, arXiv 2305.13245), which are written out here."""
    k = config.head_width

    def written_out(q: Tensor, *keys_values: Tensor) -> Tensor:
        heads = [repeat(one, "(h k) ... -> (h group k) ...", group=len(q) // len(one), k=k) for one in keys_values]
        return torch.cat([q, *heads])

    def without_k(q: Tensor, v: Tensor) -> Tensor:
        return torch.cat([q, torch.zeros_like(q), v])

    def apart(part: str) -> Made:
        return Made(tuple(f"{attention}.{one}_proj.{part}" for one in "qkv"), written_out)

    ours = "blocks.{i}.attention.qkv"
    return {
        f"{ours}.weight": OneOf((*same(f"{attention}.qkv.weight").ways, apart("weight"))),
        f"{ours}.bias": OneOf(
            (
                *same(f"{attention}.qkv.bias").ways,
                Made((f"{attention}.q_bias", f"{attention}.v_bias"), without_k),
                apart("bias"),
                Made((f"{attention}.q_proj.bias", f"{attention}.v_proj.bias"), without_k),
            )
        ),
    }


def _gated(mlp: str) -> Keys:
    """Gate and value joined, or apart."""

    def apart(part: str) -> Made:
        return Made((f"{mlp}.fc1_g.{part}", f"{mlp}.fc1_x.{part}"), lambda gate, value: torch.cat([gate, value]))

    return {f"{mlp}.up.{part}": OneOf((*same(f"{mlp}.fc1.{part}").ways, apart(part))) for part in ("weight", "bias")}


def _frequency(config: ViTConfig) -> Made:
    """One tensor holds the frequencies of all blocks, by the coordinate that comes first."""

    def of_block(block: int, frequencies: Tensor) -> Tensor:
        ours = frequencies[:, block]  # (2, h, k/2)
        return ours.flip(0) if config.rope_columns_first else ours

    return Made(("rope.freqs",), of_block, by_block=True)


def _averaged_heads() -> Keys:
    """The mean of two heads, one on CLS and one on the distillation token, is one head on both."""
    return {
        "head.weight": Made(("head.weight", "head_dist.weight"), lambda *heads: torch.cat(heads, dim=1) / 2),
        "head.bias": Made(("head.bias", "head_dist.bias"), lambda cls, dist: (cls + dist) / 2),
    }
