"""The model a training begins with: fresh weights, or a trained model with a new head."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from vit.data import DataSet
from vit.model.config import ViTConfig
from vit.model.positions import resample
from vit.model.vit import ViT
from vit.pictures.preprocess import Preprocessing
from vit.training.limits import SettingsError
from vit.training.settings import DataSettings, Settings
from vit.training.shapes import continued_config, continued_size, fresh_config


def sizes(settings: DataSettings, data: DataSet) -> list[tuple[int, int]]:
    """Every (height, width) at which the model will see the pictures, the last one last; of whole pictures, the
    commonest last."""
    return [(side, side) for side in settings.sides] or data.train.shapes()


def freeze_first(model: ViT, n_blocks: int) -> None:
    """Leave the embeddings and the first blocks as they are. SettingsError if that is more than there are."""
    if n_blocks > model.config.depth:
        raise SettingsError(f"training.frozen_blocks={n_blocks} is more than the model's {model.config.depth} blocks.")
    for part in (model.patch_embedding, model.norm_before, *model.blocks[:n_blocks]):
        part.requires_grad_(False)
    model.prefix.requires_grad_(False)
    if model.config.has("learned"):
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
    config = fresh_config(settings, size, data.channels, len(data.classes), data.classes)
    mean, std = data.colours()
    resize = size[0] if size[0] == size[1] and data.channels == 3 else None
    recipe = Preprocessing(size, resize, mean=mean, std=std, channels=data.channels)
    model = ViT(config, _in_shape(recipe) if run.data.whole else recipe)
    initialise(model)
    return model


def _in_shape(recipe: Preprocessing) -> Preprocessing:
    """For a model of whole pictures: one of another shape than its own is not squashed, but its middle cut out."""
    return replace(recipe, resize=recipe.size, keep_shape=True)


def initialise(model: ViT) -> None:
    """Fresh weights that keep the scale of what passes through: standard deviation 1/√(values in).

    LeCun et al. 1998, "Efficient BackProp", section 4.6. The usual 0.02 is made for widths of hundreds:
    at width 64 it is a sixth of this, and the same eight epochs on 9,000 digits end at 83 % instead of 92 %
    (at the same rate). Learned positions begin large enough to tell the patches apart; the head begins at 0.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=module.in_features**-0.5)
    if model.config.has("learned"):
        nn.init.normal_(model.position, std=0.2)
    if model.head is not None:
        nn.init.zeros_(model.head.weight)


def fine_tuned(start: ViT, run: Settings, data: DataSet) -> ViT:
    """A trained model for this data: with its head where it knows these very classes, else with a new one.

    A new head is all zeros, so that training begins from chance. Learned positions are resampled once to the grid of
    the new pictures; where pictures are seen at several sizes they stay as they were, and are resampled for each.
    """
    check_start(start.config, run, data)
    size = sizes(run.data, data)[-1]
    config_size = continued_size(start.config, run.data, size)
    config = continued_config(start.config, run.model, config_size, len(data.classes), data.classes)
    recipe = replace(start.preprocessing, size=size, resize=size[0], trim=(0, 0))
    model = ViT(config, _in_shape(recipe) if run.data.whole else recipe)
    assert model.head is not None, "data to learn from has classes"
    nn.init.zeros_(model.head.weight)
    nn.init.zeros_(model.head.bias)
    model.load_state_dict(start_weights(start, model))
    return model


def check_start(start: ViTConfig, run: Settings, data: DataSet) -> None:
    """SettingsError if the trained model cannot see these pictures, or has no such pooling."""
    if wrong := [size for size in sizes(run.data, data) if any(side % start.patch_size for side in size)]:
        key = "data.sides" if run.data.sides else "data.image_size"
        raise SettingsError(
            f"{key}={wrong[0][0]} is not a multiple of the patch size {start.patch_size} of {run.model.start}."
        )
    if start.channels not in (data.channels, 3):
        raise SettingsError(
            f"{run.model.start} reads {start.channels} colour channel and the pictures have {data.channels}."
        )
    pooling = run.model.pooling
    if pooling and any(part not in ("mean", "map", *start.prefix) for part in pooling.split("+")):
        raise SettingsError(f"model.pooling={pooling} is not possible: {run.model.start} has no such token.")
    if start.last_norm == "pooled" and ("+" in pooling or pooling == "map"):
        raise SettingsError(f"model.pooling={pooling} is not possible: {run.model.start} norms what was pooled.")
    if start.own_grid_only and any(size != start.image_size for size in sizes(run.data, data)):
        key = "data.sides" if run.data.sides else "data.whole" if run.data.whole else "data.image_size"
        raise SettingsError(f"{key}: {run.model.start} has relative positions for {start.image_size} pixels only.")


def start_weights(start: ViT, model: ViT) -> dict[str, Tensor]:
    """The weights of ``start`` as ``model`` takes them; a head for other classes, and a map head that is new, are
    the model's own. What else ``model`` has no place for stays, and is refused when the weights are loaded.
    """
    own = model.state_dict()
    heads = ("head.", "map_head.")
    weights = {name: t for name, t in start.state_dict().items() if name in own or not name.startswith(heads)}
    if start.config.has("learned"):
        prefix, patches = weights["position"].tensor_split([start.config.positioned_prefix])
        resampled = resample(patches, start.config.grid, model.config.grid, start.config.position_resample)
        weights["position"] = torch.cat([prefix, resampled])
    new_parts = [] if start.map_head is not None else ["map_head."]
    before, after = start.config, model.config
    if (before.labels, before.pooling, before.head_bias) != (after.labels, after.pooling, after.head_bias):
        new_parts.append("head.")
    return weights | {name: tensor for name, tensor in own.items() if name.startswith(tuple(new_parts))}
