"""What is trained on what: a fresh model, or a trained one with a new head, and the pixels it gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vit.checkpoints.loading import load_pretrained
from vit.data import DataSet, load
from vit.data.augment import augment, blend, enlarged
from vit.data.dataset import Pictures, split
from vit.model.vit import ViT
from vit.training.learn.first_model import fine_tuned, freeze_first, fresh
from vit.training.settings import Settings

JUDGED = 500  # pictures judged at a time
Alike = list[tuple[slice, tuple[int, int]]]  # pictures of one shape in a row, and that (height, width)


class Task:
    """A model, its data on the device, and how a batch is made.

    ``model`` is what is saved. ``part(model)`` is what learns and judges: the model itself, or for a
    linear probe its head alone, fed with features that were computed once.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        start = load_pretrained(settings.model.start) if settings.model.start else None
        data = load_data(settings, start)
        torch.manual_seed(settings.training.seed)
        self.model = (fine_tuned(start, settings, data) if start else fresh(settings, data)).to(device)
        data = data if self.model.config.channels == data.channels else data.in_colour()
        self.data, calibration = kept_apart(data, settings)
        self.calibrates = len(calibration) > 0
        self.probe = settings.training.backbone == "probe"
        if settings.training.backbone != "thawed":
            self.model.requires_grad_(False)
            head_of(self.model).requires_grad_(True)
        elif settings.training.frozen_blocks:
            freeze_first(self.model, settings.training.frozen_blocks)
        self._sides = settings.data.sides or [0]  # 0: as they lie in memory
        self.set_side(1.0)
        self._how = settings.data.augment
        recipe = self.model.preprocessing
        self._mean, self._std = (
            rearrange(torch.tensor(values, device=device), "c -> 1 c 1 1") for values in (recipe.mean, recipe.std)
        )
        parts = (self.data.train, self.data.held_out, calibration)
        self._train, self._held_out, self._calibration = (part.images.to(device) for part in parts)
        self._alike, self._held_alike, self._calibration_alike = (part.alike() for part in parts)
        if self.probe:
            self._train = self._features(self._train, self._alike)
            self._held_out = self._features(self._held_out, self._held_alike)
            if self.calibrates:
                self._calibration = self._features(self._calibration, self._calibration_alike)
        self._labels, self._held_labels, self._calibration_labels = (part.labels.to(device) for part in parts)

    def part(self, model: ViT) -> nn.Module:
        return head_of(model) if self.probe else model

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

        They have one shape, see :meth:`alike`. Classes (n,), or where pictures are blended with their ``partners`` the
        share of each class (n, classes).
        """
        indices, partners = indices.to(self._train.device), partners.to(self._train.device)
        inputs, classes = self._train[indices], self._labels[indices]
        if self.probe:
            return inputs, classes
        if self.data.train.sizes is not None:
            height, width = self.data.train.sizes[indices[0].cpu()].tolist()
            inputs = inputs[..., :height, :width]
        if not self._how.mixup:
            return self._normalised(augment(inputs, chance, self._how, side=self._side)), classes
        inputs = self._normalised(augment(inputs, chance, self._how, self._train[partners], self._side))
        own, other = (F.one_hot(part, len(self.data.classes)).float() for part in (classes, self._labels[partners]))
        return inputs, torch.lerp(own, other, rearrange(blend(chance, self._how), "n -> n 1").to(own.device))

    def alike(self, indices: Tensor) -> list[Tensor]:
        """Training pictures by their shape, as places among these; for a probe, which reads vectors, all are alike."""
        sizes = self.data.train.sizes
        if sizes is None or self.probe:
            return [torch.arange(len(indices))]
        shapes, which = sizes[indices.cpu()].unique(dim=0, return_inverse=True)
        return [(which == shape).nonzero().flatten() for shape in range(len(shapes))]

    def labels(self, indices: Tensor) -> Tensor:
        """The classes of training pictures: (n,)."""
        return self._labels[indices.to(self._labels.device)]

    def held_out(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Held-out pictures as the model wants them, and their classes, some at a time."""
        return self._in_parts(self._held_out, self._held_labels, self._held_alike)

    def calibration(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The same of the training pictures that are not learned from, to fit the softmax temperature on."""
        return self._in_parts(self._calibration, self._calibration_labels, self._calibration_alike)

    def _in_parts(self, inputs: Tensor, labels: Tensor, alike: Alike) -> Iterator[tuple[Tensor, Tensor]]:
        """A probe's vectors as they are, pictures as the model wants them."""
        parts = (
            [(inputs, labels)] if self.probe else [(inputs[rows, :, :h, :w], labels[rows]) for rows, (h, w) in alike]
        )
        for rows, classes in parts:
            for some, theirs in zip(rows.split(JUDGED), classes.split(JUDGED), strict=True):
                yield (some if self.probe else self.seen(some)), theirs

    def seen(self, images: Tensor) -> Tensor:
        """Bytes (n, c, height, width) as the model wants them, unchanged but for their size."""
        pixels = images.float() / 255
        return self._normalised(enlarged(pixels, (self._side, self._side)) if self._side else pixels)

    def _normalised(self, pixels: Tensor) -> Tensor:
        return (pixels - self._mean) / self._std

    @torch.no_grad()
    def _features(self, images: Tensor, alike: Alike) -> Tensor:
        """What the head would read of each picture: (n, pooled width)."""
        self.model.eval()
        features = []
        for part in (part for rows, (h, w) in alike for part in images[rows, :, :h, :w].split(64)):
            layout, _, _, tokens = self.model.embed(self.seen(part))
            tokens = self.model.run_blocks_unrecorded(tokens, self.model.places(layout))  # (b, n, d)
            features.append(self.model.pool_and_classify(tokens)[1])  # (b, pooled width)
        return torch.cat(features)


def load_data(settings: Settings, start: ViT | None = None) -> DataSet:
    """The settings' data set, at the size the model to go on from was made for unless another is asked for."""
    data = settings.data
    size = data.image_size or (start.preprocessing.size[0] if start else 0)
    patch = start.config.patch_size if start else settings.model.patch_size
    return load(data.name, data.path, size, data.held_out, settings.training.seed, patch if data.whole else 0)


def kept_apart(data: DataSet, settings: Settings) -> tuple[DataSet, Pictures]:
    """The data without the training pictures that the temperature is fitted on, and those: none, or some."""
    if not settings.data.calibration:
        return data, data.train.part(torch.arange(0))
    train, kept = split(data.train, settings.data.calibration, settings.training.seed)
    return replace(data, train=train), kept


def head_of(model: ViT) -> nn.Linear:
    """The head of a model that is trained: data to learn from has classes, so there is one."""
    assert model.head is not None
    return model.head
