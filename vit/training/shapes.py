"""The shape of the model that a run will train, from its settings and the size of its pictures: no weights yet."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from vit.model.config import ViTConfig
from vit.model.limits import Activation, Position
from vit.training.settings import DataSettings, ModelSettings


def fresh_config(
    model: ModelSettings, size: tuple[int, int], channels: int, n_classes: int, labels: tuple[str, ...] = ()
) -> ViTConfig:
    """A model with fresh weights, for pictures of ``size`` (height, width)."""
    cls = ("cls",) if model.pooling == "cls" else ()
    return ViTConfig(
        image_size=size,
        patch_size=model.patch_size,
        channels=channels,
        width=model.width,
        depth=model.depth,
        heads=model.heads,
        mlp_width=round(model.mlp_ratio * model.width),
        activation=cast(Activation, model.activation),
        prefix=(*cls, *(f"reg{i}" for i in range(model.registers))),
        positioned_prefix=len(cls) if model.position == "learned" else 0,
        position=cast(Position, model.position),
        pooling=model.pooling,
        n_classes=n_classes,
        labels=labels,
        dropout=model.dropout,
    )


def continued_size(start: ViTConfig, data: DataSettings, size: tuple[int, int]) -> tuple[int, int]:
    """For pictures of which size (height, width) a trained model keeps its positions: where it sees one size only,
    that; else they stay as they were, and are resampled for each."""
    return start.image_size if data.sides or data.whole else size


def continued_config(
    start: ViTConfig, model: ModelSettings, size: tuple[int, int], n_classes: int, labels: tuple[str, ...] = ()
) -> ViTConfig:
    """A trained model with a new head, for pictures of ``size`` (height, width), each of one class."""
    return replace(
        start,
        image_size=size,
        pooling=model.pooling or start.pooling,
        n_classes=n_classes,
        head_bias=True,
        labels=labels,
        answer="one class",
        dropout=model.dropout,
    )
