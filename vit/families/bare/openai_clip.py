"""The picture half of CLIP as its authors and OpenCLIP name it (``visual.``, residual attention blocks)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families.bare.scheme import CLIP, Guess, Scheme, Shapes, depth, guessed_heads, named, patches, positions
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

BLOCK = "transformer.resblocks.{i}"
OPENAI = "input_resolution"  # a number that the authors' own files hold and OpenCLIP's do not


def values(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, "conv1.weight")
    return {
        **patch,
        **positions(shapes["positional_embedding"], patch["patch_size"], (1,), said),
        "depth": depth(shapes, BLOCK),
        "mlp_width": shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
        "layer_scale": 1.0 if "transformer.resblocks.0.ls_1.gamma" in shapes else None,
        "patch_bias": "conv1.bias" in shapes,
        "norm_before_blocks": "ln_pre.weight" in shapes,
    }


def guesses(values: dict[str, Any], keys: Collection[str]) -> dict[str, Guess]:
    authors = any(key.rpartition(".")[2] == OPENAI for key in keys)
    return {
        **guessed_heads(values),
        "activation": Guess("quick_gelu", "the authors' models have it")
        if authors
        else Guess("gelu", "OpenCLIP's own models have it, those converted from OpenAI's have quick_gelu"),
        "norm_eps": Guess(1e-5, "PyTorch's default"),
    }


def keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("class_embedding"),
        "position": rows("positional_embedding"),
        "patch_embedding.projection.weight": kernel("conv1.weight"),
        "patch_embedding.projection.bias": "conv1.bias",
        **layer("norm_before", "ln_pre"),
        **layer("blocks.{i}.norm1", f"{BLOCK}.ln_1"),
        "blocks.{i}.attention.qkv.weight": f"{BLOCK}.attn.in_proj_weight",
        "blocks.{i}.attention.qkv.bias": f"{BLOCK}.attn.in_proj_bias",
        **layer("blocks.{i}.attention.out", f"{BLOCK}.attn.out_proj"),
        "blocks.{i}.scale1.gamma": f"{BLOCK}.ls_1.gamma",
        **layer("blocks.{i}.norm2", f"{BLOCK}.ln_2"),
        **layer("blocks.{i}.mlp.up", f"{BLOCK}.mlp.c_fc"),
        **layer("blocks.{i}.mlp.down", f"{BLOCK}.mlp.c_proj"),
        "blocks.{i}.scale2.gamma": f"{BLOCK}.ls_2.gamma",
        **layer("norm", "ln_post"),
    }


OPENAI_CLIP = Scheme(
    family=named(
        "CLIP in its authors' and OpenCLIP's names", keys, {"proj": "leads into the space shared with text"}
    ),
    anchor="class_embedding",
    signature=(
        "class_embedding", "positional_embedding", "conv1.weight", f"{BLOCK}.attn.in_proj_weight",
        f"{BLOCK}.mlp.c_fc.weight", "ln_post.weight",
    ),
    values=values,
    guesses=guesses,
    pictures=CLIP,
    library="open_clip",
)  # fmt: skip
