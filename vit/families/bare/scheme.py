"""A naming scheme: how weights are called in files that no ``config.json`` lies beside, and what their shapes tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from vit.families.family import Family
from vit.families.keys import Keys
from vit.model.config import ViTConfig
from vit.model.limits import MOST_PREFIX
from vit.pictures.preprocess import IMAGENET_MEAN, IMAGENET_STD

Shapes = Mapping[str, tuple[int, ...]]
Pictures = Mapping[str, Any]
# Widths of published models whose heads are not 64 wide (ViT-H, so400m, ViT-g and -G of OpenCLIP): heads.
_HEADS = {1152: 16, 1280: 16, 1408: 16, 1664: 16, 1792: 16}
_MOST_BLOCKS = 1000
IMAGENET = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD}
BICUBIC: Pictures = {**IMAGENET, "resample": 3, "margin": 256 / 224}
CLIP: Pictures = {
    "mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711), "resample": 3,
    "margin": 1.0,
}  # fmt: skip
BILINEAR: Pictures = {**IMAGENET, "resample": 2, "margin": 256 / 224}


@dataclass(frozen=True)
class Guess:
    """What no shape tells, filled in with what is usual: ``why`` is what follows "a guess: "."""

    value: Any
    why: str


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How one library calls the parts of a ViT, in files of tensors alone.

    ``family`` has its names for our parameters, and what is left out. ``anchor`` is the key that tells where a model
    begins: what stands before it belongs to containers. ``signature`` are keys that every such model has, ``{i}`` for
    a block. ``values`` makes of all shapes, and of what a person said, what a ``ViTConfig`` needs; ValueError or
    KeyError for what this scheme cannot be. ``guesses`` fills in what is left, from these values and all keys in the
    file. ``pictures`` is how such models usually read pictures: ``mean``, ``std``, ``resample`` as PIL counts, and
    ``margin``, how much larger a picture is made before its middle is cut out; None: it is squashed and nothing cut.
    ``renamed`` maps older names of the same parts to today's. ``shown_at``: the side in pixels at which pictures are
    shown to it, where that is not the one its positions were made for. ``spelt``: whose names these are, where the
    family's name does not say it. ``library``: which one's model of these names can be run beside ours.
    """

    family: Family
    anchor: str
    signature: tuple[str, ...]
    values: Callable[[Shapes, dict[str, Any]], dict[str, Any]]
    guesses: Callable[[dict[str, Any], Collection[str]], dict[str, Guess]]
    pictures: Pictures = field(default_factory=lambda: BICUBIC)
    renamed: Mapping[str, str] = field(default_factory=dict)
    shown_at: int | None = None
    spelt: str = ""
    library: str = ""

    @property
    def title(self) -> str:
        return f"{self.family.name}{self.spelt}"


def named(name: str, keys: Callable[[ViTConfig], Keys], ignored: Mapping[str, str] | None = None) -> Family:
    """The family of a scheme: no ``config.json`` names it, what one would say is its config's own values."""
    return Family(
        name=name,
        model_types=(),
        config=lambda values, keys: ViTConfig(**values),
        keys=keys,
        ignored=ignored or {},
    )


def depth(shapes: Collection[str], block: str) -> int:
    """How many blocks there are: ``block`` is how one is called, with ``{i}`` for its number. ValueError for gaps."""
    pattern = re.compile(re.escape(block).replace(re.escape("{i}"), r"(\d{1,6})") + r"\.")
    numbers = {int(found[1]) for key in shapes if (found := pattern.match(key))}
    if len(numbers) > _MOST_BLOCKS:
        raise ValueError(f"{len(numbers):,} blocks are more than any model has")
    if numbers != set(range(len(numbers))) or not numbers:
        raise ValueError(f"blocks {sorted(numbers)[:5]} … are no row of blocks from 0 on")
    return len(numbers)


def patches(shapes: Shapes, key: str) -> dict[str, Any]:
    """What a patch embedding's kernel (d, c, p, p) tells."""
    if len(shape := shapes[key]) != 4 or shape[2] != shape[3]:
        raise ValueError(f"{key} {shape} is no convolution over square patches")
    return {"width": shape[0], "channels": shape[1], "patch_size": shape[2]}


def positions(table: tuple[int, ...], patch_size: int, tokens: tuple[int, ...], said: dict[str, Any]) -> dict[str, Any]:
    """What a table of positions (…, rows, d) tells: the pictures it was made for, if they are squares or their
    ``image_size`` is said, and how many tokens before the patches have a row; ``tokens``: how many those may be."""
    rows = table[-2]
    for before in tokens:
        if "image_size" in said:
            height, width = said["image_size"]
            if rows - before == (height // patch_size) * (width // patch_size):
                return {"image_size": (height, width), "positioned_prefix": before}
        elif (side := isqrt(max(0, rows - before))) and side**2 == rows - before:
            return {"image_size": (side * patch_size,) * 2, "positioned_prefix": before}
    size = "×".join(map(str, said["image_size"])) if "image_size" in said else "a square"
    raise ValueError(
        f"{rows} positions are not those of {size} in patches of {patch_size}; say image_size=(height, width)"
    )


def registers(shapes: Shapes, key: str) -> tuple[str, ...]:
    """The names of the registers in a table of them (…, registers, d), none where there is no such table."""
    count = shapes[key][-2] if key in shapes else 0
    if count >= MOST_PREFIX:
        raise ValueError(f"{count:,} registers are more than any model has")
    return tuple(f"reg{i}" for i in range(count))


def classes(shapes: Shapes, key: str) -> dict[str, Any]:
    """What a linear classifier's weight (classes, pooled) tells, if there is one."""
    return {"n_classes": shapes[key][0], "head_bias": key.replace("weight", "bias") in shapes} if key in shapes else {}


def guessed_heads(values: dict[str, Any]) -> dict[str, Guess]:
    """64 dimensions a head, as nearly all have it; what published models of a width have where it is otherwise."""
    width = values["width"]
    if width in _HEADS:
        return {"heads": Guess(_HEADS[width], f"published models {width} wide have as many")}
    if width % 64 == 0:
        return {"heads": Guess(width // 64, "64 dimensions each are usual")}
    return {"heads": Guess(1, f"no usual number divides a width of {width}")}
