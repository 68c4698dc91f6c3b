"""The model of the library whose names a file of weights alone bears: timm's, torchvision's or OpenCLIP's, of the
same shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from vit.checkpoints import bare
from vit.checkpoints.files import CheckpointError
from vit.model.config import ViTConfig
from vit.reference.open_clip_twin import OpenClipTwin, of_open_clip
from vit.reference.timm_twin import TimmTwin
from vit.reference.torchvision_twin import TorchvisionTwin

Weights = dict[str, Tensor]
LibraryTwin = TimmTwin | TorchvisionTwin | OpenClipTwin


def load_bare(file: Path, said: Mapping[str, Any], library: str | None) -> LibraryTwin:
    """The other library's model with the weights of ``file``, what shapes do not tell ``said`` or guessed as of ours.
    CheckpointError where its names are no library's that can be run, or where another ``library`` is asked for."""
    return twin_of(read(file, said), file, library)


def read(file: Path, said: Mapping[str, Any]) -> bare.Opened:
    """What the model in a file is. CheckpointError where there is none that is known."""
    try:
        return bare.read(file, said)
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(f"{file} cannot be compared: {error}.") from None


def twin_of(opened: bare.Opened, file: Path, library: str | None) -> LibraryTwin:
    """As :func:`load_bare`, of a file that has been read."""
    scheme = opened.model.scheme
    if library not in (None, scheme.library):
        raise CheckpointError(f"{file} bears the names of {scheme.title}, which {library} does not read.")
    if scheme.library not in LIBRARIES:
        raise CheckpointError(f"{file} bears the names of {scheme.title}, a file alone of which nothing here can open.")
    weights = {key: opened.tensors[key] for key in opened.tensors if scheme.family.why_ignored(key) is None}
    try:
        return LIBRARIES[scheme.library](opened.config, weights)
    except ImportError:
        package = PACKAGES.get(scheme.library, scheme.library)
        raise CheckpointError(f"{scheme.library} is not installed: pip install {package}.") from None
    except (ValueError, RuntimeError, KeyError, TypeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise CheckpointError(f"{scheme.library} cannot open {file}: {reason}") from None


def of_torchvision(config: ViTConfig, weights: Weights) -> TorchvisionTwin:
    from torchvision.models.vision_transformer import VisionTransformer

    height, width = config.image_size
    if height != width:
        raise ValueError(f"it knows squares only, not {height}×{width} pixels")
    module = VisionTransformer(
        image_size=height,
        patch_size=config.patch_size,
        num_layers=config.depth,
        num_heads=config.heads,
        hidden_dim=config.width,
        mlp_dim=config.mlp_width,
        num_classes=config.n_classes,
        norm_layer=partial(nn.LayerNorm, eps=config.norm_eps),
    )
    if not config.n_classes:
        module.heads = nn.Identity()
    module.load_state_dict(weights)
    return TorchvisionTwin(module.eval())


def of_timm(config: ViTConfig, weights: Weights) -> TimmTwin:
    from timm.layers import SwiGLUPacked
    from timm.models.deit import VisionTransformerDistilled
    from timm.models.vision_transformer import VisionTransformer

    gated, distilled = config.activation == "swiglu", "dist" in config.prefix
    registers = sum(name.startswith("reg") for name in config.prefix)
    if registers and config.positioned_prefix == 1:  # timm adds the position of CLS to CLS once and for all
        weights["cls_token"] = weights["cls_token"] + weights["pos_embed"][:, :1]
        weights["pos_embed"] = weights["pos_embed"][:, 1:]
    arguments: dict[str, Any] = {
        "img_size": config.image_size,
        "patch_size": config.patch_size,
        "in_chans": config.channels,
        "num_classes": config.n_classes,
        "embed_dim": config.width,
        "depth": config.depth,
        "num_heads": config.heads,
        "mlp_ratio": (config.mlp_width * (2 if gated else 1) + 0.5) / config.width,  # timm cuts off what is no whole
        "qkv_bias": config.qkv_bias,
        "init_values": config.layer_scale,
        "pre_norm": config.norm_before_blocks,
        "norm_layer": partial(nn.LayerNorm, eps=config.norm_eps),
    }
    if gated:
        arguments |= {"mlp_layer": SwiGLUPacked, "act_layer": nn.SiLU}
    if not distilled:
        arguments |= {
            "class_token": "cls" in config.prefix,
            "reg_tokens": registers,
            "no_embed_class": config.positioned_prefix < len(config.prefix),
            "global_pool": "avg" if config.pooling == "mean" else "token",
            "fc_norm": config.last_norm == "pooled",
        }
    module = (VisionTransformerDistilled if distilled else VisionTransformer)(**arguments)
    module.load_state_dict({_in_timm(key): tensor for key, tensor in weights.items()})
    return TimmTwin(module.eval(), {})


def _in_timm(key: str) -> str:
    for old, new in (("register_tokens", "reg_token"), ("mlp.w12", "mlp.fc1"), ("mlp.w3", "mlp.fc2")):
        key = key.replace(old, new)
    return key


PACKAGES = {"open_clip": "open_clip_torch"}  # where a library is not called as what brings it
LIBRARIES: dict[str, Callable[[ViTConfig, Weights], LibraryTwin]] = {
    "timm": of_timm,
    "torchvision": of_torchvision,
    "open_clip": of_open_clip,
}
