"""What each value of a :class:`vit.model.config.ViTConfig` can be, for a record that was read from a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

Position = Literal[
    "learned", "sincos1d", "sincos2d", "rotary", "relative", "learned+rotary", "learned+relative", "none"
]
Coordinates = Literal["centred", "index", "learned"]
Norm = Literal["layer", "rms"]
LastNorm = Literal["tokens", "pooled", "none"]
Activation = Literal["gelu", "gelu_tanh", "quick_gelu", "swiglu"]
Answer = Literal["one class", "each class", "numbers"]
Resample = Literal["bicubic", "bicubic-antialias", "bilinear", "bilinear-antialias"]
MOST, MOST_PREFIX, MOST_PATCHES = 2**20, 128, 10_000  # far above any model there is, far below what fills a memory
MOST_POOLED = 4  # tokens side by side in what the head reads


class Limit(NamedTuple):
    """``fits`` says whether a value is possible, ``refusal`` what follows "<name> is <value>" where it is not."""

    fits: Callable[[Any], bool]
    refusal: str


def _whole(least: int) -> Limit:
    return Limit(
        lambda value: type(value) is int and least <= value <= MOST, f", not a whole number from {least} to {MOST}"
    )


def _number(most: float, optional: bool = False) -> Limit:
    def fits(value: Any) -> bool:  # NaN is in no range
        return (optional and value is None) or (type(value) in (int, float) and 0 <= value <= most)

    return Limit(fits, f", not a number from 0 to {most:g}")


def _optional(limit: Limit) -> Limit:
    return Limit(lambda value: value is None or limit.fits(value), limit.refusal)


def _one_of(choice: Any) -> Limit:
    return Limit(lambda value: value in get_args(choice), f"; known are {', '.join(get_args(choice))}")


def _is_size(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(type(n) is int and 0 < n <= MOST for n in value)


_FLAG = Limit(lambda value: isinstance(value, bool), ", not true or false")
_WORDS = Limit(
    lambda value: isinstance(value, tuple) and all(isinstance(word, str) for word in value), ", not a list of words"
)
_POOLING = Limit(
    lambda value: isinstance(value, str) and len(value.split("+")) <= MOST_POOLED,
    f", not up to {MOST_POOLED} names with + between",
)
LIMITS: dict[str, Limit] = {
    "patch_size": _whole(1), "channels": _whole(1), "width": _whole(1), "depth": _whole(1), "heads": _whole(1),
    "mlp_width": _whole(1), "patch_shift": _whole(0), "positioned_prefix": _whole(0), "n_classes": _whole(0),
    "image_size": Limit(_is_size, ", not a height and a width in pixels"),
    "norm_eps": _number(1.0), "layer_scale": _number(1e6, optional=True), "rope_theta": _number(1e9),
    "dropout": _number(1.0), "rope_offset": _number(1e3), "rope_coordinates": _one_of(Coordinates),
    "rope_reference": Limit(lambda value: value is None or _is_size(value), ", not a height and a width in patches"),
    "attention_width": _optional(_whole(1)), "map_heads": _optional(_whole(1)), "map_mlp_width": _optional(_whole(1)),
    "map_plain": _FLAG,
    "pool_prefix": Limit(lambda value: value is None or isinstance(value, bool), ", not true, false or nothing"),
    "norm": _one_of(Norm), "last_norm": _one_of(LastNorm),
    **dict.fromkeys(("norm_after_branch", "qk_norm", "attention_norm", "mlp_norm", "patch_norm", "linear_bias"), _FLAG),
    "parallel": _FLAG, "rope_columns_first": _FLAG, "rope_neighbours": _FLAG,
    "qkv_bias": _FLAG, "patch_bias": _FLAG, "norm_before_blocks": _FLAG, "head_bias": _FLAG,
    "prefix": _WORDS, "labels": _WORDS, "pooling": _POOLING,
    "activation": _one_of(Activation), "position": _one_of(Position), "position_resample": _one_of(Resample),
    "answer": _one_of(Answer),
}  # fmt: skip
