"""A head alone, and the name of the model it belongs to: what is kept of new classes that a model was taught.

Its folder holds ``config.json`` (the backbone's name, how many of its blocks are used, what is read behind them, the
classes' names) and ``model.safetensors`` (``head.weight``, ``head.bias``): kilobytes, and no picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from vit.checkpoints.files import CheckpointError, Weights, read_json
from vit.checkpoints.writing import write_folder
from vit.model.vit import ViT

MODEL_TYPE = "vit_explainer_head"


@dataclass(frozen=True)
class TaughtHead:
    """``backbone``: a bundled model's name, or one on the Hub. ``blocks``: how many of its blocks are run.
    ``reading``: what the head reads, as ``ViTConfig.pooling``. ``weight`` (classes, d), ``bias`` (classes,)."""

    backbone: str
    blocks: int
    reading: str
    labels: tuple[str, ...]
    weight: Tensor
    bias: Tensor

    def on(self, backbone: ViT) -> ViT:
        """The backbone's first blocks with this head: a model like any other. ValueError where they do not fit."""
        if not 1 <= self.blocks <= backbone.config.depth:
            raise ValueError(f"it wants {self.blocks} blocks, its backbone has {backbone.config.depth}")
        config = replace(
            backbone.config,
            depth=self.blocks,
            pooling=self.reading,
            n_classes=len(self.labels),
            labels=self.labels,
            head_bias=True,
            answer="one class",
        )
        with torch.device("meta"):
            model = ViT(config, backbone.preprocessing)
        whole = backbone.state_dict() | {"head.weight": self.weight, "head.bias": self.bias}
        if lacking := set(model.state_dict()) - set(whole):
            raise ValueError(f"it reads by {self.reading}, for which its backbone has no {min(lacking)}")
        state = {name: whole[name] for name in model.state_dict()}
        for name, parameter in model.state_dict().items():
            if state[name].shape != parameter.shape:
                raise ValueError(f"{name} is {tuple(state[name].shape)}, not {tuple(parameter.shape)}")
        model.load_state_dict(state, assign=True)
        return model.eval().requires_grad_(False)

    def save(self, folder: Path) -> None:
        """Write it, so that ``load_pretrained`` opens the folder. OSError where that cannot be done."""
        write_folder(folder, self._tensors, {"config.json": self._said})

    def files(self) -> dict[str, bytes]:
        """What :meth:`save` writes, by the names of the files."""
        return {"model.safetensors": save(self._tensors), "config.json": json.dumps(self._said, indent=2).encode()}

    @property
    def _tensors(self) -> dict[str, Tensor]:
        return {"head.weight": self.weight.float().contiguous(), "head.bias": self.bias.float().contiguous()}

    @property
    def _said(self) -> dict[str, Any]:
        said = {"backbone": self.backbone, "blocks": self.blocks, "reading": self.reading, "labels": self.labels}
        return {"model_type": MODEL_TYPE} | said


def read_taught_head(folder: Path, said: dict[str, Any]) -> TaughtHead:
    """The head in ``folder``, whose ``config.json`` holds ``said``. CheckpointError says what is wrong with it."""
    match said:
        case {"backbone": str(backbone), "blocks": int(blocks), "reading": str(reading), "labels": [_, *_] as labels}:
            right = not isinstance(blocks, bool) and all(isinstance(label, str) for label in labels)
        case _:
            right = False
    if not right:
        raise CheckpointError(
            f"config.json in {folder} is one of a taught head and needs backbone (a name), blocks (a number), reading "
            "(such as cls+mean) and labels (names): save the head again."
        )
    weights = Weights(folder)
    if set(weights) != {"head.weight", "head.bias"}:
        raise CheckpointError(f"{weights.files} should hold head.weight and head.bias alone: save the head again.")
    return TaughtHead(backbone, blocks, reading, tuple(labels), weights["head.weight"], weights["head.bias"])


def open_taught_head(folder: Path) -> TaughtHead:
    """The head in ``folder``. CheckpointError says what is wrong with it, or that it holds none."""
    said = read_json(folder, "config.json")
    if said is None or said.get("model_type") != MODEL_TYPE:
        raise CheckpointError(f"{folder.name} holds no head: bring the head.zip that was saved here.")
    return read_taught_head(folder, said)


def load_taught_head(folder: Path, said: dict[str, Any], load: Callable[[str], ViT]) -> ViT:
    """The head in ``folder`` on its backbone, which ``load`` brings. CheckpointError says what is wrong."""
    head = read_taught_head(folder, said)
    backbone = load(head.backbone)
    try:
        return head.on(backbone)
    except ValueError as error:
        raise CheckpointError(f"The head in {folder} does not fit {head.backbone}: {error}.") from None
