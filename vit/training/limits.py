"""What values a setting can have, and the sentence for those it cannot have."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from vit.errors import Refusal

RANGES = (  # key, lowest, highest
    ("model.patch_size", 1, 512),
    ("model.width", 1, 4096),
    ("model.depth", 1, 64),
    ("model.heads", 1, 64),
    ("model.mlp_ratio", 0, 16),
    ("model.registers", 0, 64),
    ("model.dropout", 0, 0.9),
    ("data.image_size", 0, 1024),
    ("data.held_out", 0.01, 0.9),
    ("data.augment.shift", 0, 1),
    ("data.augment.rotate", 0, 180),
    ("data.augment.scale", 0, 0.9),
    ("data.augment.shear", 0, 60),
    ("data.calibration", 0, 0.5),
    ("data.augment.stroke", 0, 1),
    ("data.augment.crop", 0, 0.99),
    ("data.augment.colour", 0, 1),
    ("data.augment.sharpness", 0, 4),
    ("data.augment.mixup", 0, 0.5),
    ("training.epochs", 0, 100_000),
    ("training.max_seconds", 0, 10_000_000),
    ("training.batch", 1, 65_536),
    ("training.lr", 0, 1_000_000),
    ("training.backbone_rate", 0, 1),
    ("training.layer_decay", 0.01, 1),
    ("training.frozen_blocks", 0, 64),
    ("training.warmup", 0, 1),
    ("training.settle", 0, 1),
    ("training.weight_decay", 0, 10),
    ("training.beta2", 0, 0.99999),
    ("training.clip", 0, 1_000_000),
    ("training.label_smoothing", 0, 0.9),
    ("training.ema", 0, 0.99999),
    ("training.checkpoints", 1, 1000),
    ("training.seed", 0, 2**31 - 1),
    ("training.threads", 0, 1024),
    ("slots", 0, 1024),
)


class SettingsError(Refusal, ValueError):
    """Settings that cannot be trained with; the message names the key and says what is possible."""


def get(settings: Any, key: str) -> Any:
    """The value at a dotted key."""
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def one_of(settings: Any, key: str, choices: tuple[str, ...]) -> None:
    if get(settings, key) not in choices:
        raise SettingsError(f"{key}={get(settings, key)} is not possible: choose one of {', '.join(choices)}.")


def within(settings: Any, key: str, low: float, high: float) -> None:
    if not low <= get(settings, key) <= high:
        raise SettingsError(f"{key}={get(settings, key)} is not possible: it goes from {low} to {high}.")


def finite(settings: Any, prefix: str = "") -> None:
    for item in fields(settings):
        value = getattr(settings, item.name)
        if is_dataclass(value):
            finite(value, f"{prefix}{item.name}.")
        elif isinstance(value, float) and not isfinite(value):
            raise SettingsError(f"{prefix}{item.name}={value} is not a number to train with.")
