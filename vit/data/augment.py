"""Change a whole batch of pictures at once, each by its own chance: its place and shape, its strokes, its colours.

One affine map a picture and one ``grid_sample`` for the batch, instead of a chain of PIL calls a picture.
"""

from __future__ import annotations

from math import pi

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional as F

from vit.data.dataset import Pictures
from vit.pictures.augment import Augment

DRAWN = (  # what each random number of a picture is for; in groups, in the order in which they are drawn
    ("shift across", "shift down", "turn", "scale across", "scale down", "shear", "stroke", "flip"),
    ("crop", "crop across", "crop down", "brightness", "contrast", "saturation", "sharpness", "mixup"),
)
DRAWS = sum(map(len, DRAWN))
_COLUMN = {name: column for column, name in enumerate(name for group in DRAWN for name in group)}


def draw(n: int, generator: torch.Generator) -> Tensor:
    """The chance for n pictures, uniform in −1 … 1: (n, DRAWS)."""
    return torch.cat([torch.rand(n, len(group), generator=generator) for group in DRAWN], dim=1) * 2 - 1


def affine(chance: Tensor, how: Augment, size: tuple[int, int]) -> Tensor:
    """The map from a pixel of the new picture to one of the old, both in −1 … 1: (n, 2, 3).

    ``size``: the picture's (height, width), of which the longer side's pixels are more of a step in that measure.
    """
    drawn = dict(zip(_COLUMN, chance.unbind(dim=1), strict=True))  # (n,) each
    left = (1 - how.crop * drawn["crop"].abs()).sqrt()  # of each side
    dx, dy = (2 * how.shift * drawn[f"shift {way}"] + (1 - left) * drawn[f"crop {way}"] for way in ("across", "down"))
    angle, shear = how.rotate * pi / 180 * drawn["turn"], how.shear * pi / 180 * drawn["shear"]
    across, down = (left / (1 + how.scale * drawn[f"scale {way}"]) for way in ("across", "down"))
    cos, sin, slant = angle.cos(), angle.sin(), shear.tan()
    rows = [across * cos, across * (slant * cos - sin), dx, down * sin, down * (slant * sin + cos), dy]
    rows[1], rows[3] = rows[1] * (size[0] / size[1]), rows[3] * (size[1] / size[0])
    if how.flip:
        mirror = torch.where(drawn["flip"] < 0, -1.0, 1.0)
        rows[:2] = [mirror * rows[0], mirror * rows[1]]
    return rearrange(rows, "(two three) n -> n two three", two=2)


def stroke(pixels: Tensor, amount: Tensor) -> Tensor:
    """Make bright strokes thicker (amount 0 … 1) or thinner (−1 … 0): (n, c, height, width), (n,).

    A step towards the largest, or the smallest, of a pixel and its four neighbours.
    """

    def largest(x: Tensor) -> Tensor:
        """Shifted copies instead of ``max_pool2d``, which also notes where each was and took 18 times as long."""
        around = F.pad(x, (1, 1, 1, 1), mode="replicate")
        largest = torch.maximum(around[..., 1:-1, :-2], around[..., 1:-1, 2:])
        largest = torch.maximum(largest, around[..., :-2, 1:-1])
        return torch.maximum(torch.maximum(largest, around[..., 2:, 1:-1]), x)

    amount = rearrange(amount, "n -> n 1 1 1")
    sign = torch.where(amount < 0, -1.0, 1.0)  # the smallest is minus the largest of minus the picture
    return torch.lerp(pixels, sign * largest(sign * pixels), amount.abs())


def coloured(pixels: Tensor, chance: Tensor, amount: float) -> Tensor:
    """Brightness, contrast and saturation changed by up to ``amount`` each: (n, c, height, width) in 0 … 1."""
    first = _COLUMN["brightness"]
    brightness, contrast, saturation = rearrange(1 + amount * chance[:, first : first + 3], "n three -> three n 1 1 1")
    pixels = pixels * brightness
    mean = reduce(pixels, "n c h w -> n 1 1 1", "mean")
    pixels = torch.lerp(mean, pixels, contrast)
    grey = reduce(pixels, "n c h w -> n 1 h w", "mean")
    return torch.lerp(grey, pixels, saturation).clamp(0, 1)


def sharpened(pixels: Tensor, amount: Tensor) -> Tensor:
    """Unsharp masking: away from the blurred picture (amount > 0), or towards it (−1 … 0), a picture at a time."""
    around = F.pad(pixels, (1, 1, 1, 1), mode="replicate")
    rows = around[..., :-2, :] + 2 * around[..., 1:-1, :] + around[..., 2:, :]
    blurred = (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16  # binomial, 3 × 3
    return torch.lerp(blurred, pixels, rearrange(1 + amount, "n -> n 1 1 1").clamp_min(0)).clamp(0, 1)


def blend(chance: Tensor, how: Augment) -> Tensor:
    """The share each picture's partner gets in it: 0 for half of them, else up to ``how.mixup``: (n,)."""
    return how.mixup * chance[:, _COLUMN["mixup"]].clamp_min(0)


def enlarged(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures (n, c, height, width) at another (height, width): bicubic as PIL, smoothed where it shrinks."""
    if pixels.shape[-2:] == size:
        return pixels
    return F.interpolate(pixels, size, mode="bicubic", antialias=True).clamp(0, 1)


def in_one_shape(pictures: Pictures, size: tuple[int, int]) -> Tensor:
    """Pictures of different shapes, each brought to this (height, width): (n, c, height, width) bytes."""
    if pictures.sizes is None:
        return pictures.images
    parts = [pictures.images[rows, :, :height, :width] for rows, (height, width) in pictures.alike()]
    return torch.cat([(enlarged(part.float() / 255, size) * 255).round().to(torch.uint8) for part in parts])


def augment(images: Tensor, chance: Tensor, how: Augment, partners: Tensor | None = None, side: int = 0) -> Tensor:
    """Bytes (n, c, height, width) and their chance (n, DRAWS) → changed pictures as floats in 0 … 1.

    What comes in from outside the picture is a copy of its border. ``partners``: the pictures to blend them with, as
    many. ``side``: of the square that they come out as, in pixels; 0: as they were.
    """
    pixels, chance = images.float() / 255, chance.to(images.device)
    if how.mixup and partners is not None:
        pixels = torch.lerp(pixels, partners.float() / 255, rearrange(blend(chance, how), "n -> n 1 1 1"))
    if how.stroke:
        pixels = stroke(pixels, how.stroke * chance[:, _COLUMN["stroke"]])
    if how.colour:
        pixels = coloured(pixels, chance, how.colour)
    if how.sharpness:
        pixels = sharpened(pixels, how.sharpness * chance[:, _COLUMN["sharpness"]])
    before = pixels.shape[-2], pixels.shape[-1]
    size = (side, side) if side else before
    if not how.moves:
        return enlarged(pixels, size)
    grows = size != before
    grid = F.affine_grid(affine(chance, how, size), [*pixels.shape[:2], *size], align_corners=False)
    mode = "bicubic" if grows else "bilinear"
    pixels = F.grid_sample(pixels, grid, mode=mode, padding_mode="border", align_corners=False)
    return pixels.clamp(0, 1) if grows else pixels
