"""What is trained on what: a fresh model, or a trained one with a new head, and the pixels it gets."""

from __future__ import annotations

from dataclasses import replace

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vit.checkpoints.loading import load_pretrained
from vit.data import DataSet, load
from vit.data.augment import Augment, augment, blend, enlarged
from vit.data.dataset import Pictures, split
from vit.model.config import ViTConfig
from vit.model.positions import resample
from vit.model.vit import ViT
from vit.pictures.preprocess import Preprocessing
from vit.training.settings import DataSettings, Settings, SettingsError


class Task:
    """A model, its data on the device, and how a batch is made.

    ``calibration``: the training pictures that are not learned from, to fit the softmax temperature on.

    ``model`` is what is saved. ``part(model)`` is what learns and judges: the model itself, or for a
    linear probe its head alone, fed with features that were computed once.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        start = load_pretrained(settings.model.start) if settings.model.start else None
        data, self.calibration = kept_apart(load_data(settings.data, settings.training.seed, start), settings)
        torch.manual_seed(settings.training.seed)
        self.model = (fine_tuned(start, settings, data) if start else fresh(settings, data)).to(device)
        self.data = data if self.model.config.channels == data.channels else data.in_colour()
        self.probe = settings.training.backbone == "probe"
        if settings.training.backbone != "thawed":
            self.model.requires_grad_(False)
            self.model.head.requires_grad_(True)
        elif settings.training.frozen_blocks:
            freeze_first(self.model, settings.training.frozen_blocks)
        self._sides = settings.data.sides or [0]  # 0: as they lie in memory
        self.set_side(1.0)
        self._how = Augment(**vars(settings.data.augment))
        recipe = self.model.preprocessing
        self._mean, self._std = (
            rearrange(torch.tensor(values, device=device), "c -> 1 c 1 1") for values in (recipe.mean, recipe.std)
        )
        self._train, self._held_out = (part.images.to(device) for part in (self.data.train, self.data.held_out))
        if self.probe:
            self._train, self._held_out = self._features(self._train), self._features(self._held_out)
        self._labels, self._held_labels = (part.labels.to(device) for part in (self.data.train, self.data.held_out))

    def part(self, model: ViT) -> nn.Module:
        return model.head if self.probe else model

    def set_side(self, share: float) -> None:
        """From now on pictures are seen at the size that belongs to this ``share`` of the run, 0 … 1."""
        self._side = self._sides[min(int(share * len(self._sides)), len(self._sides) - 1)]

    @property
    def n_tokens(self) -> int:
        """How many tokens a picture is, at the size at which it is seen."""
        height, width = (self._side, self._side) if self._side else self.data.size
        p = self.model.config.patch_size
        return len(self.model.config.prefix) + (height // p) * (width // p)

    def batch(self, indices: Tensor, chance: Tensor, partners: Tensor) -> tuple[Tensor, Tensor]:
        """Training pictures, changed by their chance, as the model wants them, and what they should be called.

        Classes (n,), or where pictures are blended with their ``partners`` the share of each class (n, classes).
        """
        indices, partners = indices.to(self._train.device), partners.to(self._train.device)
        inputs, classes = self._train[indices], self._labels[indices]
        if self.probe:
            return inputs, classes
        if not self._how.mixup:
            return self._normalised(augment(inputs, chance, self._how, side=self._side)), classes
        inputs = self._normalised(augment(inputs, chance, self._how, self._train[partners], self._side))
        own, other = (F.one_hot(part, len(self.data.classes)).float() for part in (classes, self._labels[partners]))
        return inputs, torch.lerp(own, other, rearrange(blend(chance, self._how), "n -> n 1").to(own.device))

    def labels(self, indices: Tensor) -> Tensor:
        """The classes of training pictures: (n,)."""
        return self._labels[indices.to(self._labels.device)]

    def held_out(self, begin: int, end: int) -> tuple[Tensor, Tensor]:
        """Held-out pictures ``begin`` to ``end`` as the model wants them, and their classes."""
        inputs = self._held_out[begin:end]
        return inputs if self.probe else self.seen(inputs), self._held_labels[begin:end]

    def seen(self, images: Tensor) -> Tensor:
        """Bytes (n, c, height, width) as the model wants them, unchanged but for their size."""
        pixels = images.float() / 255
        return self._normalised(enlarged(pixels, self._side) if self._side else pixels)

    def _normalised(self, pixels: Tensor) -> Tensor:
        return (pixels - self._mean) / self._std

    @torch.no_grad()
    def _features(self, images: Tensor) -> Tensor:
        """What the head would read of each picture: (n, pooled width)."""
        self.model.eval()
        features = []
        for part in images.split(64):
            layout, _, _, tokens = self.model.embed(self.seen(part))
            angle = self.model.angle(layout)
            for block in self.model.blocks:
                tokens = block.unseen(tokens, angle)  # (b, n, d)
            features.append(self.model.read(tokens)[1])  # (b, pooled width)
        return torch.cat(features)


def load_data(settings: DataSettings, seed: int, start: ViT | None = None) -> DataSet:
    """The settings' data set, at the size the model to go on from was made for unless another is asked for."""
    size = settings.image_size or (start.preprocessing.size[0] if start else 0)
    return load(settings.name, settings.path, size, settings.held_out, seed)


def kept_apart(data: DataSet, settings: Settings) -> tuple[DataSet, Pictures | None]:
    """The data without the training pictures that the temperature is fitted on, and those."""
    if not settings.data.calibration:
        return data, None
    train, kept = split(data.train, settings.data.calibration, settings.training.seed)
    return replace(data, train=train), kept


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
