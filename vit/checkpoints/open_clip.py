"""What ``open_clip_config.json`` says of the weights beside it, as a person could (:mod:`vit.checkpoints.said`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vit.checkpoints.files import CheckpointError, is_file, read_json
from vit.families import reading
from vit.families.bare.scheme import CLIP

CONFIG = "open_clip_config.json"
FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
# What OpenCLIP's picture half can be besides, and cannot be shown.
_OTHERWISE = (
    *("attentional_pool", "final_ln_after_pool", "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner"),
    *("scale_attn", "scale_fc"),
)
_RESAMPLE = {"bicubic": 3, "bilinear": 2}  # as PIL counts
_POOLING = {"tok": "cls", "avg": "mean"}


def weights_in(folder: Path) -> Path | None:
    """The weights of a folder in OpenCLIP's layout, None for any other."""
    if not is_file(folder / CONFIG):
        return None
    return next((folder / name for name in FILES if is_file(folder / name)), None)


def said_beside(file: Path) -> dict[str, Any]:
    """What is said of the weights in ``file``; nothing where it is not in OpenCLIP's layout. CheckpointError for what
    cannot be shown, by its name."""
    if file.name not in FILES or (config := read_json(file.parent, CONFIG)) is None:
        return {}
    try:
        return _said(config)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise CheckpointError(f"{CONFIG} in {file.parent} cannot be used ({error}): choose another model.") from None


def _said(config: dict[str, Any]) -> dict[str, Any]:
    model, pictures = config["model_cfg"], {"size": 224, **(config.get("preprocess_cfg") or {})}
    vision = {"head_width": 64, "image_size": 224, "pool_type": "tok", **model["vision_cfg"]}
    if name := vision.get("timm_model_name"):
        raise ValueError(f"its picture half is timm's {name}, whose own checkpoint of timm's can be opened")
    if name := next((name for name in _OTHERWISE if vision.get(name)), None):
        raise ValueError(f"its picture half has {name}, which cannot be shown")
    exact, eps = vision.get("act_kwargs") or {}, (vision.get("norm_kwargs") or {}).get("eps", 1e-5)
    plain = "gelu_tanh" if exact.get("approximate") == "tanh" else "gelu"
    return {
        "heads": reading.whole(vision, "width") // reading.whole(vision, "head_width"),
        "activation": "quick_gelu" if model.get("quick_gelu") else plain,
        "norm_eps": reading.number({"eps": eps}, "eps"),
        "image_size": reading.sides(vision, "image_size"),
        "pooling": _known(vision, "pool_type", _POOLING),
        "mean": tuple(pictures.get("mean") or CLIP["mean"]),
        "std": tuple(pictures.get("std") or CLIP["std"]),
        "resample": _known({"interpolation": "bicubic", **pictures}, "interpolation", _RESAMPLE),
        "size": (size := reading.sides(pictures, "size")),
        "resize": _resize({"resize_mode": "shortest", **pictures}, size),
    }


def _resize(pictures: dict[str, Any], size: tuple[int, int]) -> int | tuple[int, int]:
    """The side that a picture's shorter one becomes, or both where it is squashed."""
    mode = pictures["resize_mode"]
    if mode not in ("shortest", "squash") or (mode == "shortest" and size[0] != size[1]):
        raise ValueError(f"resize_mode is {mode!r}; known are squash, and shortest for squares")
    return size[0] if mode == "shortest" else size


def _known(values: dict[str, Any], key: str, known: dict[str, Any]) -> Any:
    if values[key] not in known:
        raise ValueError(f"{key} is {values[key]!r}; known are {', '.join(known)}")
    return known[values[key]]
