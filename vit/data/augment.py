"""Change a whole batch of pictures at once, each by its own chance: shift, turn, scale, shear, stroke, flip.

One affine map a picture and one ``grid_sample`` for the batch, instead of a chain of PIL calls a picture.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import pi

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F


@dataclass
class Augment:
    """How far a picture may be changed; the amount is uniform between minus and plus this, 0 leaves it alone.

    ``shift``: share of the side. ``rotate``, ``shear``: degrees. ``scale``: share of the size.
    ``stroke``: how much of a pixel a bright stroke may grow or shrink at each edge (0 … 1).
    ``flip``: mirror half of the pictures left to right (wrong for digits and letters).
    """

    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    stroke: float = 0.0
    flip: bool = False


DRAWS = 8  # random numbers a picture: two shifts, turn, two scales, shear, stroke, flip


def draw(n: int, generator: torch.Generator) -> Tensor:
    """The chance for n pictures, uniform in −1 … 1: (n, DRAWS)."""
    return torch.rand(n, DRAWS, generator=generator) * 2 - 1


def affine(chance: Tensor, how: Augment) -> Tensor:
    """The map from a pixel of the new picture to one of the old, both in −1 … 1: (n, 2, 3)."""
    dx, dy = (2 * how.shift * chance[:, i] for i in (0, 1))
    angle, shear = how.rotate * pi / 180 * chance[:, 2], how.shear * pi / 180 * chance[:, 5]
    across, down = (1 / (1 + how.scale * chance[:, i]) for i in (3, 4))
    cos, sin, slant = angle.cos(), angle.sin(), shear.tan()
    rows = [across * cos, across * (slant * cos - sin), dx, down * sin, down * (slant * sin + cos), dy]
    if how.flip:
        mirror = torch.where(chance[:, 7] < 0, -1.0, 1.0)
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


def augment(images: Tensor, chance: Tensor, how: Augment) -> Tensor:
    """Bytes (n, c, height, width) and their chance (n, DRAWS) → changed pictures as floats in 0 … 1.

    What comes in from outside the picture is a copy of its border.
    """
    pixels = images.float() / 255
    if not any(astuple(how)):
        return pixels
    chance = chance.to(pixels.device)
    if how.stroke:
        pixels = stroke(pixels, how.stroke * chance[:, 6])
    if how.shift or how.rotate or how.scale or how.shear or how.flip:
        grid = F.affine_grid(affine(chance, how), list(pixels.shape), align_corners=False)
        pixels = F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return pixels
