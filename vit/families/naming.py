"""What a checkpoint calls each of our parameters, and which of its keys are left out and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from vit.families.keys import Keys
from vit.model.config import ViTConfig


@dataclass(frozen=True, kw_only=True)
class Naming:
    """``keys`` maps our parameter names to the checkpoint's, with ``{i}`` for the block. ``ignored`` maps keys that
    may be there and are not used to the reason; one that ends in a dot stands for everything under it. ``roots`` are
    prefixes that the same keys may carry."""

    name: str
    keys: Callable[[ViTConfig], Keys]
    ignored: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()

    def strip(self, keys: Collection[str]) -> dict[str, str]:
        """The checkpoint's keys by their name without the root."""
        root = next((root for root in self.roots if any(key.startswith(root) for key in keys)), "")
        return {key.removeprefix(root): key for key in keys}

    def why_ignored(self, key: str) -> str | None:
        """The reason why a key is left out, None for one that should have been used."""
        for pattern, reason in self.ignored.items():
            if key == pattern or (pattern.endswith(".") and key.startswith(pattern)):
                return reason
        return None
