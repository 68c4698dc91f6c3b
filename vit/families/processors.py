"""How each image processor of transformers treats a picture where ``preprocessor_config.json`` is silent.

Older files name hardly more than a size; the rest is the default of the class that wrote them. The
values are those of transformers' ``image_processing_*.py``.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, isqrt
from typing import Any

from vit.families import reading
from vit.model.config import ViTConfig
from vit.model.limits import MOST, MOST_PATCHES
from vit.pictures.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

_BILINEAR, _BICUBIC = 2, 3  # PIL's numbers, as they stand in the files
_HALF = {"image_mean": (0.5, 0.5, 0.5), "image_std": (0.5, 0.5, 0.5)}
_IMAGENET = {"image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD}
_CLIP = {
    "image_mean": (0.48145466, 0.4578275, 0.40821073),
    "image_std": (0.26862954, 0.26130258, 0.27577711),
    "size": {"shortest_edge": 224},
    "crop_size": 224,
    "do_center_crop": True,
    "do_convert_rgb": True,
    "resample": _BICUBIC,
}
_SQUASHED = {**_CLIP, "do_center_crop": False}
_DPT = {**_HALF, "size": {"height": 384, "width": 384}, "resample": _BICUBIC, "ensure_multiple_of": 1}
PROCESSORS: dict[str, dict[str, Any]] = {
    "ViT": {**_HALF, "size": {"height": 224, "width": 224}, "resample": _BILINEAR},
    "DeiT": {
        **_HALF,
        "size": {"height": 256, "width": 256},
        "crop_size": 224,
        "do_center_crop": True,
        "resample": _BICUBIC,
    },
    "Bit": _CLIP,
    "CLIP": _CLIP,
    "Siglip": {**_HALF, "size": {"height": 224, "width": 224}, "resample": _BICUBIC, "do_convert_rgb": True},
    "Beit": {**_HALF, "size": {"height": 224, "width": 224}, "crop_size": 224, "resample": _BICUBIC},
    "ConvNext": {**_IMAGENET, "size": {"shortest_edge": 384}, "resample": _BILINEAR, "crop_pct": 224 / 256},
    "Blip": {**_SQUASHED, "size": {"height": 384, "width": 384}},
    "ChineseCLIP": _CLIP,
    "Llava": _CLIP,
    "LlavaNext": _CLIP,
    "LlavaOnevision": {**_SQUASHED, "size": {"height": 384, "width": 384}},
    "OwlViT": {**_SQUASHED, "size": {"height": 768, "width": 768}, "crop_size": 768},
    "Owlv2": {**_SQUASHED, "size": {"height": 960, "width": 960}, "resample": _BILINEAR},
    "Flava": {**_CLIP, "size": {"height": 224, "width": 224}, "do_convert_rgb": False},
    "DPT": _DPT,
    "PromptDepthAnything": _DPT,
    "Gemma3": {**_HALF, "size": {"height": 224, "width": 224}, "resample": _BILINEAR, "do_convert_rgb": True},
    "GotOcr2": {**_SQUASHED, "size": {"height": 384, "width": 384}},
    "Cohere2Vision": {**_SQUASHED, "size": {"height": 512, "width": 512}},
    "Yolos": {**_IMAGENET, "size": {"shortest_edge": 800, "longest_edge": 1333}, "resample": _BILINEAR},
    "VitPose": {**_IMAGENET, "size": {"height": 256, "width": 192}, "resample": _BILINEAR},
    "Siglip2": {**_HALF, "size": {}, "resample": _BILINEAR, "do_convert_rgb": True},
    "Timm": {**_CLIP, **_IMAGENET, "do_convert_rgb": False},
    "DINOv3ViT": {**_IMAGENET, "size": {"height": 224, "width": 224}, "resample": _BILINEAR},
}
_IN_FLOAT = ("DINOv3ViT",)  # they resize what has been scaled to 0 … 1 already, so nothing is rounded
_EVEN = ("Timm",)  # they cut the middle out as torchvision does: at half a pixel, to the even side
# Options by which a class keeps a picture's shape or cuts it into tiles. Here the model gets the whole one, squashed
# to one size, as for the tile that shows all of it: with these the class does the same.
WHOLE_PICTURE = {"crop_to_patches": False, "do_pan_and_scan": False, "keep_aspect_ratio": False}
# Classes that are not followed to the letter, and how.
OTHERWISE = {
    "Owlv2": "Owlv2ImageProcessor lays the picture in the corner of a black square and smooths it by its own way."
}
_BESIDE_TILES = ("LlavaNext", "LlavaOnevision")  # the whole picture stands before its tiles, squashed to their square
# They name no fixed size: the one that the positions were learned at stands for it, or the largest square they allow.
_KEEP_SHAPES = ("Yolos", "Siglip2")
_WARPED = 384  # ConvNeXt's processor squashes to this size and above, and cuts a middle out below
_SUFFIXES = ("Pil", "Fast", "ImageProcessor", "FeatureExtractor")


def preprocessing(recipe: dict[str, Any] | None, default: str, config: ViTConfig) -> Preprocessing:
    """The recipe of a ``preprocessor_config.json``, completed by the defaults of the class it names.

    ``default`` is the class of a file that names none we know. Without a file (``recipe`` None) a
    picture is squashed to the size the model was trained at. ValueError for what cannot be followed.
    """
    kind = _class(recipe or {}) or default
    if kind not in PROCESSORS:
        known_kinds = ", ".join(sorted(PROCESSORS))
        raise ValueError(f"preprocessor_config.json names {kind}ImageProcessor; those of {known_kinds} can be followed")
    if recipe is None:
        known = {**PROCESSORS[default], "size": _height_width(config.image_size), "do_center_crop": False}
    else:
        defaults = PROCESSORS[kind]
        known = {**defaults, **{key: value for key, value in recipe.items() if value is not None}}
        # A bare number is the side of a square for the classes that squash, the shorter side for the rest.
        if isinstance(known["size"], int) and "shortest_edge" not in defaults["size"]:
            known["size"] = _height_width((known["size"], known["size"]))
    if isinstance(known["size"], list) and len(known["size"]) == 2:
        known["size"] = _height_width((known["size"][0], known["size"][1]))
    if kind in _KEEP_SHAPES and "height" not in known["size"]:
        known |= {"size": _height_width(_square(known, config)), "do_pad": False}
    if kind in _BESIDE_TILES and "shortest_edge" in known["size"]:
        known["size"] = _height_width((known["size"]["shortest_edge"],) * 2)
    if kind in (*_BESIDE_TILES, *OTHERWISE):
        known |= {"do_center_crop": False, "do_pad": False}
    if (multiple := known.get("ensure_multiple_of", 1)) != 1:
        known["size"] = {side: round(pixels / multiple) * multiple for side, pixels in known["size"].items()}
    if kind == "ConvNext":
        known |= _convnext(known["size"], known["crop_pct"])
    _refuse_unknown_steps(known)
    if not known.get("do_rescale", True) or abs(known.get("rescale_factor", 1 / 255) * 255 - 1) > 1e-6:
        raise ValueError("preprocessor_config.json does not scale colours to 0 … 1, which is what can be shown")
    found = replace(Preprocessing.from_hub(known), channels=config.channels, rounded=kind not in _IN_FLOAT)
    found = replace(found, even=kind in _EVEN)
    if not found.rounded and found.enlarged:
        raise ValueError(f"preprocessor_config.json cuts {found.size} out of a picture resized to {found.resize}")
    _check_values(found, config)
    return found.whole_patches(config.patch_size)


def _square(known: dict[str, Any], config: ViTConfig) -> tuple[int, int]:
    """The (height, width) that stands for pictures of all shapes: of as many patches as ``max_num_patches`` allows."""
    if known.get("max_num_patches") is None:
        return config.image_size
    return (isqrt(reading.whole(known, "max_num_patches")) * config.patch_size,) * 2


def _convnext(size: Any, share: float) -> dict[str, Any]:
    """What ConvNeXt's ``crop_pct`` means: the middle is that share of the resized picture's shorter side."""
    side = size["shortest_edge"] if isinstance(size, dict) and size.keys() == {"shortest_edge"} else size
    if type(side) is not int or not 0 < share <= 1:
        raise ValueError(f"preprocessor_config.json: this size cannot be read: {size!r} with crop_pct {share!r}")
    if side >= _WARPED:
        return {"size": _height_width((side, side)), "do_center_crop": False}
    return {"size": {"shortest_edge": int(side / share)}, "crop_size": side, "do_center_crop": True}


def _refuse_unknown_steps(known: dict[str, Any]) -> None:
    """ValueError, by name, for steps that would be left out in silence."""
    if known.get("rescale_offset"):
        raise ValueError("preprocessor_config.json says rescale_offset: true, which shifts colours to −1 … 1 first")
    if known.get("do_pad") and known.get("pad_size") not in (None, known["size"]):
        raise ValueError(f"preprocessor_config.json says do_pad: true, to {known['pad_size']}, which is not done here")
    size = known["size"]
    own_shape = isinstance(size, int) or (isinstance(size, dict) and "shortest_edge" in size)
    if own_shape and not known.get("do_center_crop"):
        raise ValueError(
            f"preprocessor_config.json brings the shorter side to {size} and cuts nothing (do_center_crop: false): "
            "pictures would keep their own shapes, and a fixed input size is needed"
        )


def _check_values(found: Preprocessing, config: ViTConfig) -> None:
    """ValueError for a recipe that no picture can go through, or that makes more of it than fits a memory."""
    resize = found.resize if isinstance(found.resize, tuple) else (found.resize or 1,) * 2
    if not all(type(side) is int and 0 < side <= MOST for side in (*found.size, *resize)):
        raise ValueError(f"a picture cannot be resized to {found.resize} and cut to {found.size}")
    patches = found.size[0] * found.size[1] // config.patch_size**2
    if not 0 < patches <= MOST_PATCHES or resize[0] * resize[1] > 4 * found.size[0] * found.size[1]:
        raise ValueError(f"{found.size[0]}×{found.size[1]} pixels cannot be shown in patches of {config.patch_size}")
    values = (*found.mean, *found.std)
    if not all(type(value) in (int, float) and isfinite(value) for value in values) or min(found.std) < 1e-3:
        raise ValueError(f"image_mean {found.mean} and image_std {found.std} are no means and deviations of colours")
    if len(found.std) != len(found.mean) or len(found.mean) != config.channels:
        raise ValueError(f"image_mean {found.mean} and image_std {found.std} are not of {config.channels} channels")
    if found.resample not in range(6):
        raise ValueError(f"resample is {found.resample!r}, not one of Pillow's ways from 0 to 5")


def to_json(recipe: Preprocessing) -> dict[str, Any]:
    """A recipe as it stands in ``preprocessor_config.json``: read again, it is the same."""
    cut = _height_width((recipe.size[0] + recipe.trim[0], recipe.size[1] + recipe.trim[1]))
    resize = {"shortest_edge": recipe.resize} if isinstance(recipe.resize, int) else recipe.resize
    kind = (_EVEN[0] if recipe.even else "Bit") if recipe.rounded else _IN_FLOAT[0]
    return {
        "image_processor_type": f"{kind}ImageProcessor",
        "do_resize": True,
        "size": _height_width(resize) if isinstance(resize, tuple) else resize or cut,
        "keep_shape": recipe.keep_shape,
        "border": recipe.border,
        "do_center_crop": recipe.resize is not None,
        "crop_size": cut,
        "resample": int(recipe.resample),
        "do_convert_rgb": recipe.key_on_white,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": recipe.mean,
        "image_std": recipe.std,
    }


def _class(recipe: dict[str, Any]) -> str:
    return kind_of(str(recipe.get("image_processor_type") or recipe.get("feature_extractor_type") or ""))


def kind_of(name: str) -> str:
    """What an image processor's class is called here: without the words that all of them end in."""
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _height_width(size: tuple[int, int]) -> dict[str, int]:
    return {"height": size[0], "width": size[1]}
