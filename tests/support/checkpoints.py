"""Checkpoints changed on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def edit_config(folder: Path, **values: object) -> None:
    hub = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**hub, **values}))


def edit_weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    state = load_file(folder / "model.safetensors")
    edit(state)
    save_file({key: value.contiguous() for key, value in state.items()}, folder / "model.safetensors")
