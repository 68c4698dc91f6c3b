"""How timm reads a picture (``timm.data.create_transform``), from ``pretrained_cfg`` in ``config.json``."""

from __future__ import annotations

from math import floor
from typing import Any

from PIL import Image

from vit.families import reading
from vit.families.timm_arguments import pretrained_cfg
from vit.pictures.preprocess import IMAGENET_MEAN, IMAGENET_STD

_WAYS = {way.name.lower(): int(way) for way in Image.Resampling}
_CROPPED = 0.875  # where a file does not say how much of the resized picture is kept


def recipe(hub: dict[str, Any]) -> dict[str, Any]:
    """The same in the words of a ``preprocessor_config.json``; ValueError for what is not done here.

    ``crop_mode`` "center": the picture is made to cover input_size / crop_pct in its own shape; "border": to fit inside
    it, on the mean colour; "squash": it is brought to exactly that. The middle is cut out.
    """
    cfg = pretrained_cfg(hub)
    size = cfg.get("input_size") or (3, 224, 224)
    height, width = reading.sides({"input_size": size[1:]}, "input_size")
    share = reading.number({"crop_pct": cfg.get("crop_pct") or _CROPPED}, "crop_pct")
    mode, way = cfg.get("crop_mode") or "center", cfg.get("interpolation") or "bicubic"
    if mode not in ("center", "squash", "border"):
        raise ValueError(f"crop_mode is {mode!r}; known are center, squash and border")
    if way not in _WAYS:
        raise ValueError(f"interpolation is {way!r}; known are {', '.join(_WAYS)}")
    down, across = floor(height / share), floor(width / share)
    covered = {"shortest_edge": down} if down == across else {"height": down, "width": across}
    return {
        "image_processor_type": "TimmImageProcessor",
        "size": covered if mode == "center" else {"height": down, "width": across},
        "keep_shape": mode == "center",
        "border": mode == "border",
        "do_center_crop": True,
        "crop_size": {"height": height, "width": width},
        "resample": _WAYS[way],
        "image_mean": tuple(cfg.get("mean") or IMAGENET_MEAN),
        "image_std": tuple(cfg.get("std") or IMAGENET_STD),
    }
