"""The description of one model family: its config, key names, what is left out and why, its class in transformers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from vit.families.keys import Keys
from vit.families.wrappers import peeled
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout


def _no_arguments(layout: TokenLayout) -> dict[str, Any]:
    return {}


def _as_a_picture(pixels: Tensor, layout: TokenLayout) -> Tensor:
    return pixels


def its_pooler(out: Any) -> Tensor | None:
    """What transformers' own pooling makes: (b, d); None where it has none."""
    pooled: Tensor | None = getattr(out, "pooler_output", None)
    return pooled


def first_token(out: Any) -> Tensor:
    """The first token behind the last norm, of a model whose pooler does more than read it: (b, d)."""
    first: Tensor = out.last_hidden_state[:, 0]
    return first


def no_pooling(out: Any) -> None:
    """A backbone pools nothing."""


def mean_token(out: Any) -> Tensor:
    """The mean of all tokens behind the last norm: (b, d)."""
    mean: Tensor = out.last_hidden_state.mean(dim=1)
    return mean


def _no_recipe(hub: dict[str, Any]) -> dict[str, Any] | None:
    return None


@dataclass(frozen=True)
class Reference:
    """The same family in another library, which :mod:`vit.reference.compare` runs beside ours.

    timm needs no more than its own ``config.json``; the rest is about ``library`` transformers. ``tower`` is the class
    without a classifier; ``heads`` maps a key that only a checkpoint with a classifier has to the class that reads it.
    ``arguments`` are what its ``forward`` needs besides the pixels, for one token layout; ``pixels``: how it wants
    these; ``overrides`` what is changed in its config. ``pooled`` takes from its output what a head would read.
    ``order``: where its tokens stand in another order, the number of each of ours among them. ``stretches``: whether
    it runs at other sizes than its own.
    ``section`` and ``before``, for a tower inside a larger checkpoint: where ``config.json`` describes it, and what
    stands before its keys, the outermost first; ``renamed``: patterns of keys that its class does not know in there,
    and what it calls them.
    """

    tower: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    arguments: Callable[[TokenLayout], dict[str, Any]] = _no_arguments
    pixels: Callable[[Tensor, TokenLayout], Tensor] = _as_a_picture
    overrides: Mapping[str, Any] = field(default_factory=dict)
    pooled: Callable[[Any], Tensor | None] = its_pooler
    order: Callable[[TokenLayout], list[int]] | None = None
    stretches: bool = True
    section: str = ""
    before: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    library: str = "transformers"


@dataclass(frozen=True)
class Family:
    """How to read one family's checkpoints.

    ``model_types`` are the words by which a ``config.json`` names it.

    ``config`` makes a :class:`ViTConfig` of a ``config.json`` and the checkpoint's keys (a classifier
    is there when its key is); ValueError for what this family cannot be. ``keys`` maps our parameter
    names to the checkpoint's, with ``{i}`` for the block. ``ignored`` maps keys that may be there and
    are not used to the reason; one that ends in a dot stands for everything under it, and ``{i}`` for any block's
    number. ``roots`` are prefixes that keys may carry, the outermost first. ``processor`` is the recipe for pictures
    that holds where ``preprocessor_config.json`` is silent; ``recipe`` reads one out of ``config.json`` where there is
    no such file. ``reference`` is None for our own format.
    """

    name: str
    model_types: tuple[str, ...]
    config: Callable[[dict[str, Any], Collection[str]], ViTConfig]
    keys: Callable[[ViTConfig], Keys]
    ignored: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()
    processor: str = "ViT"
    recipe: Callable[[dict[str, Any]], dict[str, Any] | None] = _no_recipe
    reference: Reference | None = None

    def strip(self, keys: Collection[str]) -> dict[str, str]:
        """The checkpoint's keys by their names without what they were wrapped in and without the family's roots."""
        return peeled(keys, self.roots)

    def why_ignored(self, key: str) -> str | None:
        """The reason why a key is left out, None for one that should have been used."""
        key = re.sub(r"(?<=\.)\d+(?=\.)", "{i}", key, count=1)
        for pattern, reason in self.ignored.items():
            if key == pattern or (pattern.endswith(".") and key.startswith(pattern)):
                return reason
        return None
