"""What a file of weights does not tell of its model, with what is usual and all there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from vit.families.bare import Guess, Scheme
from vit.families.bare.scheme import CLIP, IMAGENET
from vit.model.config import ViTConfig
from vit.model.limits import Activation
from vit.model.question import Question
from vit.pictures.preprocess import Preprocessing

_HEAD_WIDTHS = (8, 256)  # the narrowest and the widest heads that are offered
_EPS = (1e-12, 1e-6, 1e-5)


def questions(
    guesses: Mapping[str, Guess], scheme: Scheme, config: ViTConfig, pictures: Preprocessing
) -> dict[str, Question]:
    """By the name by which each can be said. ``guesses``: also of what a person has said since."""
    usual = f"usual for {scheme.title}"
    read = {"mean": pictures.mean, "std": pictures.std, "resample": int(pictures.resample)}
    return {
        **{name: Question(getattr(config, name), guess.why, _options(name, config)) for name, guess in guesses.items()},
        **{name: Question(value, usual, _with(value, _recipes(name, config.channels))) for name, value in read.items()},
    }


def _options(name: str, config: ViTConfig) -> tuple[Any, ...]:
    """The values of a shape that would fit; none where they are too many to choose from."""
    value, width, (least, most) = getattr(config, name), config.heads_width, _HEAD_WIDTHS
    offered: dict[str, tuple[Any, ...]] = {
        "heads": tuple(
            heads for heads in range(1, width + 1) if width % heads == 0 and least <= width // heads <= most
        ),
        "activation": tuple(kind for kind in get_args(Activation) if (kind == "swiglu") == (value == "swiglu")),
        "norm_eps": _EPS,
        "pooling": ("mean", *(token for token in config.prefix if token == "cls")),
    }
    return _with(value, offered[name]) if name in offered else ()


def _recipes(name: str, channels: int) -> tuple[Any, ...]:
    """How published models have it."""
    if name == "resample":
        return 2, 3  # bilinear, bicubic, as PIL counts
    same = (0.0, 0.5) if name == "mean" else (1.0, 0.5)
    colours = (tuple(IMAGENET[name]), tuple(CLIP[name])) if channels == 3 else ()
    return (*colours, *((number,) * channels for number in same))


def _with(value: Any, offered: tuple[Any, ...]) -> tuple[Any, ...]:
    return offered if value in offered else (*offered, value)
