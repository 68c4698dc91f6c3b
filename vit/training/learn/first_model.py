"""The model a training begins with: fresh weights, or a trained model with a new head."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from vit.data import DataSet
from vit.model.config import ViTConfig
from vit.model.positions import resample
from vit.model.vit import ViT
from vit.pictures.preprocess import Preprocessing
from vit.training.limits import SettingsError
from vit.training.settings import DataSettings, Settings


def sizes(settings: DataSettings, data: DataSet) -> list[tuple[int, int]]:
    """Every (height, width) at which the model will see the pictures, the last one last."""
    return [(side, side) for side in settings.sides] or [data.size]


def freeze_first(model: ViT, n_blocks: int) -> None:
    """Leave the embeddings and the first blocks as they are. SettingsError if that is more than there are."""
    if n_blocks > model.config.depth:
        raise SettingsError(f"training.frozen_blocks={n_blocks} is more than the model's {model.config.depth} blocks.")
    for part in (model.patch_embedding, model.norm_before, *model.blocks[:n_blocks]):
        part.requires_grad_(False)
    model.prefix.requires_grad_(False)
    if model.config.position == "learned":
        model.position.requires_grad_(False)


def fresh(run: Settings, data: DataSet) -> ViT:
    """A model with fresh weights for this data. SettingsError names a patch that does not fit its pictures."""
    settings, seen = run.model, sizes(run.data, data)
    if wrong := [size for size in seen if any(side % settings.patch_size for side in size)]:
        height, width = wrong[0]
        raise SettingsError(
            f"model.patch_size={settings.patch_size} does not divide the pictures of {height}×{width}: choose a "
            "divisor, or another data.image_size."
        )
    size = seen[-1]
    cls = ("cls",) if settings.pooling == "cls" else ()
    config = ViTConfig(
        image_size=size,
        patch_size=settings.patch_size,
        channels=data.channels,
        width=settings.width,
        depth=settings.depth,
        heads=settings.heads,
        mlp_width=round(settings.mlp_ratio * settings.width),
        activation=settings.activation,
        prefix=(*cls, *(f"reg{i}" for i in range(settings.registers))),
        positioned_prefix=len(cls) if settings.position == "learned" else 0,
        position=settings.position,
        pooling=settings.pooling,
        n_classes=len(data.classes),
        labels=data.classes,
        dropout=settings.dropout,
    )
    mean, std = data.colours()
    resize = size[0] if size[0] == size[1] and data.channels == 3 else None
    model = ViT(config, Preprocessing(size, resize, mean=mean, std=std, channels=data.channels))
    initialise(model)
    return model


def initialise(model: ViT) -> None:
    """Fresh weights that keep the scale of what passes through: standard deviation 1/√(values in).

    LeCun et al. 1998, "Efficient BackProp", section 4.6. The usual 0.02 is made for widths of hundreds:
    at width 64 it is a sixth of this, and the same eight epochs on 9,000 digits end at 83 % instead of 92 %
    (at the same rate). Learned positions begin large enough to tell the patches apart; the head begins at 0.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=module.in_features**-0.5)
    if model.config.position == "learned":
        nn.init.normal_(model.position, std=0.2)
    if model.head is not None:
        nn.init.zeros_(model.head.weight)


def fine_tuned(start: ViT, run: Settings, data: DataSet) -> ViT:
    """A trained model with a new head (all zeros, so that training begins from chance) for this data.

    Learned positions are resampled once to the grid of the new pictures; where pictures are seen at several sizes they
    stay as they were, and are resampled for each.
    """
    old, settings, seen = start.config, run.model, sizes(run.data, data)
    if wrong := [size for size in seen if any(side % old.patch_size for side in size)]:
        key = "data.sides" if run.data.sides else "data.image_size"
        raise SettingsError(
            f"{key}={wrong[0][0]} is not a multiple of the patch size {old.patch_size} of {settings.start}."
        )
    size = seen[-1]
    if old.channels not in (data.channels, 3):
        raise SettingsError(
            f"{settings.start} reads {old.channels} colour channel and the pictures have {data.channels}."
        )
    if settings.pooling and any(part not in ("mean", "map", *old.prefix) for part in settings.pooling.split("+")):
        raise SettingsError(f"model.pooling={settings.pooling} is not possible: {settings.start} has no such token.")
    config = replace(
        old,
        image_size=old.image_size if run.data.sides else size,
        pooling=settings.pooling or old.pooling,
        n_classes=len(data.classes),
        head_bias=True,
        labels=data.classes,
        dropout=settings.dropout,
    )
    recipe = replace(start.preprocessing, size=size, resize=size[0], trim=(0, 0))
    model = ViT(config, recipe)
    weights = {name: tensor for name, tensor in start.state_dict().items() if not name.startswith("head.")}
    if old.position == "learned":
        prefix, patches = weights["position"].tensor_split([old.positioned_prefix])
        antialias = "antialias" in old.position_resample
        weights["position"] = torch.cat([prefix, resample(patches, old.grid, config.grid, antialias=antialias)])
    if "map" in config.pooling.split("+") and start.map_head is None:
        weights |= {name: t for name, t in model.state_dict().items() if name.startswith("map_head.")}
    elif "map" not in config.pooling.split("+"):
        weights = {name: t for name, t in weights.items() if not name.startswith("map_head.")}
    nn.init.zeros_(model.head.weight)
    nn.init.zeros_(model.head.bias)
    model.load_state_dict({**weights, "head.weight": model.head.weight, "head.bias": model.head.bias})
    return model
