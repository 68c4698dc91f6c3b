"""What a person says of a file of weights, as part of its name: ``dino.pth?heads=6&norm_eps=1e-06``.

So one name stands for one model wherever models go by name: in a link, in caches, in Verify and on the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from vit.checkpoints.files import CheckpointError


def _each(read: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    return lambda text: tuple(map(read, text.split(",")))


# What can be said of a file of weights, and how it is read from a name.
SHAPE: dict[str, Callable[[str], Any]] = {
    "heads": int,
    "activation": str,
    "norm_eps": float,
    "image_size": _each(int),
    "pooling": str,
    "labels": _each(str),
    "answer": str,
    "position_resample": str,
    "rope_theta": float,
}
PICTURES: dict[str, Callable[[str], Any]] = {
    "size": _each(int),
    "resize": int,
    "resample": int,
    "mean": _each(float),
    "std": _each(float),
}
SAID: dict[str, Callable[[str], Any]] = {"part": str, **SHAPE, **PICTURES}
# Of an adapter: which model it changes; of a file whose names do not tell all: which of timm's architectures it is.
_READ: dict[str, Callable[[str], Any]] = {**SAID, "base": str, "architecture": str}


def joined(name: str, said: Mapping[str, Any]) -> str:
    """A name that says this, and nothing else."""
    texts = {key: ",".join(map(str, value)) if isinstance(value, tuple) else str(value) for key, value in said.items()}
    return f"{plain(name)}?{urlencode(texts, safe=',')}" if said else plain(name)


def plain(name: str) -> str:
    """A name without what it says."""
    return name if _exists(name) else name.partition("?")[0]


def said_of(name: str | Path) -> dict[str, Any]:
    """What a name says. CheckpointError for what cannot be said."""
    texts = "" if _exists(name) else str(name).partition("?")[2]
    try:
        return {key: _READ[key](text) for key, text in parse_qsl(texts, keep_blank_values=True)}
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"What {str(name)!r} says behind the ? cannot be read ({error}).") from None


def _exists(name: str | Path) -> bool:
    """Whether there is a file or folder of this very name, which may have a ? in it."""
    with suppress(OSError, ValueError):
        return Path(name).exists()
    return False
