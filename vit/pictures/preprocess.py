"""A picture → the pixels a model sees, and back again to look at them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import torch
from einops import rearrange
from PIL import Image
from torch import Tensor

from vit.pictures import resize
from vit.pictures.decoded import Decoded
from vit.pictures.resize import Picture

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# What a model sees, in pixels: the side of a square, or (height, width) of a whole picture; None: the model's own size.
Side = int | tuple[int, int] | None


@dataclass(frozen=True)
class Preprocessing:
    """How one model wants its pictures: resize, crop the middle, scale to mean 0 and deviation 1.

    ``size`` is the (height, width) that comes out. ``resize`` is what the picture is resized to
    before the middle is cut out: a number for the shorter side, a (height, width) to squash it to,
    or None to squash it to ``size`` itself. ``resample`` is PIL's number (3 = bicubic). ``trim``: the
    rows and columns at the bottom and right of the cut-out middle that fill no whole patch and are
    dropped (a convolution with the patch's stride never reads them); ``size`` is without them. ``rounded``: whether
    resizing ends in whole numbers from 0 to 255, as nearly everybody's does. ``keep_shape``: a picture keeps its
    shape and is made just large enough to cover a ``resize`` of (height, width), as timm does. ``border``: it keeps its
    shape and is made to fit inside that, a border of the colour ``mean`` around it. ``even``: where the
    middle lies half a pixel off, it is cut out at the even row or column, as torchvision does; else at the lower.
    ``key_on_white``: of a file that is read as transformers reads it (:class:`vit.pictures.decoded.Decoded`), the one
    colour that means transparent becomes white, as by processors with ``do_convert_rgb``.
    """

    size: tuple[int, int] = (224, 224)
    resize: int | tuple[int, int] | None = None
    resample: int = Image.Resampling.BICUBIC
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    channels: int = 3
    trim: tuple[int, int] = (0, 0)
    rounded: bool = True
    keep_shape: bool = False
    border: bool = False
    even: bool = False
    key_on_white: bool = False

    def __post_init__(self) -> None:
        if len(self.mean) != self.channels:
            object.__setattr__(self, "mean", (sum(self.mean) / len(self.mean),) * self.channels)
            object.__setattr__(self, "std", (sum(self.std) / len(self.std),) * self.channels)

    @classmethod
    def from_hub(cls, config: dict[str, Any]) -> Preprocessing:
        """Read a ``preprocessor_config.json`` of the Hub; ValueError names what cannot be read."""
        if not config.get("do_resize", True):
            raise ValueError("preprocessor_config.json says do_resize: false; a fixed input size is needed")
        resize = _sides(config.get("size", 224))
        cropped = config.get("do_center_crop", False)
        size = _sides(config.get("crop_size", 224)) if cropped else resize
        normalise = config.get("do_normalize", True)
        return cls(
            size=(size, size) if isinstance(size, int) else size,
            resize=resize if cropped else None,
            resample=config.get("resample", Image.Resampling.BICUBIC),
            mean=tuple(config.get("image_mean", IMAGENET_MEAN)) if normalise else (0.0, 0.0, 0.0),
            std=tuple(config.get("image_std", IMAGENET_STD)) if normalise else (1.0, 1.0, 1.0),
            keep_shape=bool(config.get("keep_shape", False)) and isinstance(resize, tuple),
            border=bool(config.get("border", False)) and isinstance(resize, tuple),
            key_on_white=bool(config.get("do_convert_rgb", False)),
        )

    def whole_patches(self, patch_size: int) -> Preprocessing:
        """The same recipe, with what fills no whole patch dropped at the bottom and the right.

        ValueError if nothing is left of the picture.
        """
        if min(self.size) < patch_size:
            raise ValueError(f"{self.size[0]}×{self.size[1]} pixels hold no whole patch of {patch_size}")
        trim = (self.size[0] % patch_size, self.size[1] % patch_size)
        if trim == (0, 0):
            return self
        size = (self.size[0] - trim[0], self.size[1] - trim[1])
        return replace(self, size=size, resize=self.resize or self.size, trim=trim)

    def at(self, height: int, width: int) -> Preprocessing:
        """The same recipe for another output size; the margin that is cropped away scales along."""
        if (height, width) == self.size:
            return self
        resize, (cut_height, cut_width) = self.resize, self._cut
        if isinstance(resize, int):
            resize = max(round(resize * min(height, width) / min(cut_height, cut_width)), height, width)
        elif resize is not None:
            resize = (round(resize[0] * height / cut_height), round(resize[1] * width / cut_width))
        return replace(self, size=(height, width), resize=resize, trim=(0, 0))

    def for_side(self, side: Side) -> Preprocessing:
        """The same recipe for a square of ``side`` pixels, or for the whole picture brought to (height, width); the
        recipe itself where ``side`` is None."""
        if isinstance(side, tuple):
            return replace(self, size=side, resize=None, trim=(0, 0))
        return self if side is None else self.at(side, side)

    def whole_side(self, size: tuple[int, int], patch: int, side: int | None = None) -> tuple[int, int]:
        """The (height, width) at which a model with this recipe sees the whole of a picture of ``size`` (width,
        height): with as many patches as a square of ``side`` pixels has, at most; the recipe's own where it is None."""
        return whole(size, side or self.size[0], patch)

    @property
    def enlarged(self) -> bool:
        """Whether what is cut out is larger than what a square picture is resized to."""
        resize = (self.resize, self.resize) if isinstance(self.resize, int) else self.resize or self._cut
        return resize[0] < self._cut[0] or resize[1] < self._cut[1]

    @property
    def _cut(self) -> tuple[int, int]:
        """(height, width) of the cut-out middle before the trim."""
        return self.size[0] + self.trim[0], self.size[1] + self.trim[1]

    def resized(self, width: int, height: int) -> tuple[int, int]:
        """The (width, height) a picture of that size is resized to before the crop."""
        if self.resize is None:
            return self.size[1], self.size[0]
        if isinstance(self.resize, int):
            short = min(width, height)
            return int(self.resize * width / short), int(self.resize * height / short)
        if self.keep_shape or self.border:
            ratio = (max if self.border else min)(height / self.resize[0], width / self.resize[1])
            return max(1, round(width / ratio)), max(1, round(height / ratio))
        return self.resize[1], self.resize[0]

    def _corner(self, resized_width: int, resized_height: int) -> tuple[int, int]:
        """(left, top) of the cut-out middle in the resized picture."""
        across, down = resized_width - self._cut[1], resized_height - self._cut[0]
        return (_even_half(across), _even_half(down)) if self.even else (across // 2, down // 2)

    def crop_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """What the model gets to see of a picture of that size: left, top, right, bottom in its pixels."""
        resized_width, resized_height = self.resized(width, height)
        left, top = self._corner(resized_width, resized_height)
        across, down = width / resized_width, height / resized_height
        right, bottom = (left + self.size[1]) * across, (top + self.size[0]) * down
        return max(0, left * across), max(0, top * down), min(right, width), min(bottom, height)

    def _cut_from(self, picture: Picture) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
        """The (width, height) the picture is resized to, and the box that is cut out of that."""
        resized = self.resized(picture.width, picture.height)
        left, top = self._corner(*resized)
        return resized, (left, top, left + self.size[1], top + self.size[0])

    def crop(self, picture: Picture) -> Image.Image:
        """The picture exactly as the model sees it, before normalising: resized, then the middle cut out.

        Where the cut is larger than the resized picture, that lies in its middle, on black or on ``border``'s colour.
        """
        if not self.rounded:
            return Image.fromarray(self._values(picture).round().clip(0, 255).astype(np.uint8))
        if self.key_on_white and isinstance(picture, Decoded):
            picture = picture.with_key_on_white()
        mode = "L" if self.channels == 1 else "RGB"
        around = tuple(round(255 * value) for value in self.mean) if self.border else (0,) * self.channels
        return resize.cut(picture, mode, *self._cut_from(picture), self.resample, around)

    def _values(self, picture: Picture) -> np.ndarray:
        """The numbers from 0 to 255 before normalising: (height, width, c)."""
        if self.rounded:
            return np.asarray(self.crop(picture)).reshape(*self.size, self.channels)
        return resize.cut_floats(picture, *self._cut_from(picture), self.resample)

    def __call__(self, picture: Picture) -> Tensor:
        """A picture → (1, c, height, width), normalised, in the reference's own order of roundings."""
        values = (self._values(picture).astype(np.float64) * (1 / 255)).astype(np.float32)  # (height, width, c)
        pixels = (values - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        return torch.from_numpy(rearrange(pixels, "height width c -> 1 c height width").copy())

    def normalised(self, pixels: Tensor) -> Tensor:
        """Pixels in 0 … 1, (…, c, height, width), as the model wants them."""
        mean, std = (rearrange(torch.tensor(values), "c -> c 1 1") for values in (self.mean, self.std))
        return (pixels - mean) / std

    def to_image(self, pixels: Tensor) -> Image.Image:
        """One picture (1, c, height, width) or (c, height, width) back from its normalised pixels."""
        values = rearrange(pixels.reshape(pixels.shape[-3:]), "c height width -> height width c").numpy()
        values = (values * np.asarray(self.std, np.float32) + np.asarray(self.mean, np.float32)) * 255
        values = np.clip(values.round(), 0, 255).astype(np.uint8)
        return Image.fromarray(values[..., 0] if self.channels == 1 else values).convert("RGB")


def _even_half(room: int) -> int:
    """Half of what is left around a middle, as torchvision rounds it; below 0 where the picture is the smaller."""
    return round(room / 2) if room >= 0 else -(-room // 2)


def whole(size: tuple[int, int], side: int, patch: int) -> tuple[int, int]:
    """The (height, width) in whole patches to which a picture of ``size`` (width, height) is brought uncropped.

    Its shape is kept as nearly as patches allow, with at most as many of them as a square of ``side`` pixels has.
    """
    most = (side // patch) ** 2
    scale = sqrt(most / (size[0] * size[1]))  # patches for each pixel, along either side
    rows = min(max(1, round(size[1] * scale)), most)
    columns = min(max(1, round(size[0] * scale)), most // rows)
    return rows * patch, columns * patch


def _sides(size: Any) -> int | tuple[int, int]:
    """``size`` of a preprocessor_config.json: a number, {"shortest_edge"} or {"height", "width"}."""
    if isinstance(size, int):
        return size
    if isinstance(size, dict) and "shortest_edge" in size and "longest_edge" not in size:
        return int(size["shortest_edge"])
    if isinstance(size, dict) and {"height", "width"} <= size.keys():
        return int(size["height"]), int(size["width"])
    raise ValueError(f"preprocessor_config.json: this size cannot be read: {size!r}")
