"""Small random models of other libraries, whose weights are saved in the forms in which people hand them round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tests.support.families import randomise
from vit import ViT

State = dict[str, Tensor]


@dataclass(frozen=True)
class Theirs:
    """A model of another library: its weights by its names, and what it answers to pixels (b, c, h, w).

    ``blocks`` are the residual streams (b, n, d) after each of them; ``final`` the tokens after the last norm, or the
    logits of a classifier.
    """

    state: State
    run: Callable[[Tensor], tuple[list[Tensor], Tensor]]


def of_timm(name: str = "vit_tiny_patch16_224", **values: Any) -> Theirs:
    """A VisionTransformer of timm, which names its parts as DINO, DINOv2, MAE and DeiT do."""
    import timm

    shape = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 3, "num_heads": 4, "num_classes": 0, **values}
    torch.manual_seed(0)
    model = randomise(timm.create_model(name, **shape).eval())

    def answer(model: nn.Module, pixels: Tensor) -> Tensor:
        return model(pixels) if shape["num_classes"] else model.forward_features(pixels)

    return Theirs(model.state_dict(), _hooked(model, model.blocks, answer))


def of_torchvision(classes: int = 3) -> Theirs:
    from torchvision.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    model = randomise(VisionTransformer(32, 8, 3, 4, 64, 96, num_classes=classes).eval())
    return Theirs(model.state_dict(), _hooked(model, model.encoder.layers, lambda model, pixels: model(pixels)))


def dinov2(theirs: Theirs, registers: int, gated: bool = False) -> State:
    """A timm DINOv2's weights as its authors name them: CLS has a position of its own, a mask token stands by."""
    state = dict(theirs.state)
    width = state["cls_token"].shape[-1]
    state["mask_token"] = torch.randn(1, width)
    if registers:  # timm adds the position of CLS to CLS once and for all
        state["register_tokens"] = state.pop("reg_token")
        row = torch.randn(1, 1, width)
        state["cls_token"] = state["cls_token"] - row
        state["pos_embed"] = torch.cat([row, state["pos_embed"]], dim=1)
    packed = {"mlp.fc1": "mlp.w12", "mlp.fc2": "mlp.w3"} if gated else {}
    return {_renamed(key, packed): value for key, value in state.items()}


DINOV3 = {
    "embeddings.cls_token": "cls_token", "embeddings.register_tokens": "storage_tokens",
    "embeddings.mask_token": "mask_token", "embeddings.patch_embeddings": "patch_embed.proj", "layer.": "blocks.",
    "attention.o_proj": "attn.proj", "layer_scale1.lambda1": "ls1.gamma", "layer_scale2.lambda1": "ls2.gamma",
}  # fmt: skip


def dinov3(state: State, gated: bool) -> State:
    """The weights of a DINOv3 in transformers' files as its authors name them; k has a bias that a mask takes away."""
    parts = {"gate_proj": "w1", "up_proj": "w2", "down_proj": "w3"} if gated else {"up_proj": "fc1", "down_proj": "fc2"}
    found = {_renamed(key, DINOV3 | parts): value for key, value in state.items()}
    for key in [key for key in found if "q_proj.weight" in key]:
        block = key.removesuffix("attention.q_proj.weight")
        q, k, v = (found.pop(f"{block}attention.{part}_proj.weight") for part in "qkv")
        q_bias, v_bias = (found.pop(f"{block}attention.{part}_proj.bias") for part in "qv")
        found[f"{block}attn.qkv.weight"] = torch.cat([q, k, v])
        found[f"{block}attn.qkv.bias"] = torch.cat([q_bias, torch.full_like(q_bias, 7.0), v_bias])
        found[f"{block}attn.qkv.bias_mask"] = torch.ones(3, len(q_bias)).index_fill(0, torch.tensor(1), 0.0).flatten()
    head_width = 8
    found["rope_embed.periods"] = 100.0 ** torch.arange(0, 1, 4 / head_width)
    return found


CLIP = {
    "patch_embed.proj": "conv1", "norm_pre": "ln_pre", "blocks.": "transformer.resblocks.", "norm1": "ln_1",
    "norm2": "ln_2", "attn.qkv.": "attn.in_proj_", "attn.proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj", "cls_token": "class_embedding", "pos_embed": "positional_embedding",
}  # fmt: skip


def clip(theirs: Theirs) -> State:
    """A timm CLIP's weights as its authors name them, the half that reads text beside it."""
    state = {_renamed(key, CLIP): value for key, value in theirs.state.items()}
    state = {f"ln_post{key[4:]}" if key.startswith("norm.") else key: value for key, value in state.items()}
    state["class_embedding"] = state["class_embedding"].flatten()
    state["positional_embedding"] = state["positional_embedding"][0]
    state["proj"] = torch.randn(state["class_embedding"].shape[0], 24)
    text = {"token_embedding.weight": torch.randn(9, 24), "transformer.resblocks.0.ln_1.weight": torch.randn(24)}
    return {f"visual.{key}": value for key, value in state.items()} | text | {"logit_scale": torch.ones(())}


def _renamed(key: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        key = key.replace(old, new)
    return key


def _hooked(
    model: nn.Module, blocks: Any, answer: Callable[[nn.Module, Tensor], Tensor]
) -> Callable[[Tensor], tuple[list[Tensor], Tensor]]:
    @torch.inference_mode()
    def run(pixels: Tensor) -> tuple[list[Tensor], Tensor]:
        after: list[Tensor] = []
        hooks = [
            block.register_forward_hook(lambda _m, _i, out: after.append(out[0] if isinstance(out, tuple) else out))
            for block in blocks
        ]
        final = answer(model, pixels)
        for hook in hooks:
            hook.remove()
        return after, final

    return run


def same(model: ViT, theirs: Theirs, size: tuple[int, int] = (32, 32)) -> None:
    """Every block's output, and what comes after the last: the tokens normed, or the logits."""
    torch.manual_seed(1)
    pixels = torch.randn(2, 3, *size)
    blocks, final = theirs.run(pixels)
    trace = model.trace(pixels)
    assert len(blocks) == len(trace.blocks)
    for ours, block in zip(trace.blocks, blocks, strict=True):
        torch.testing.assert_close(ours.resid_post, block, atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(trace.final if final.ndim == 3 else trace.logits, final, atol=1e-4, rtol=1e-5)


def under(prefix: str, state: State) -> State:
    return {prefix + key: value for key, value in state.items()}
