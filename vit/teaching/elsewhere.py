"""Where other pictures were told apart best: measured once for a bundled model, it lies in its ``few_shot.json``.

``python -m benchmarks.few_shot FOLDER … --keep`` measures it: many small lessons, and what heads gained in each place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from vit.checkpoints.loading import bundled
from vit.paths import WEIGHTS

FILE = "few_shot.json"
Gained = Mapping[str, Tensor]  # reading → what was gained after each block (depth,), see vit.teaching.teach.gain


def keep(gained: Gained, folder: Path) -> None:
    """Beside the weights of a model."""
    rounded = {reading: [round(value, 3) for value in curve.tolist()] for reading, curve in gained.items()}
    lines = [f"  {json.dumps(reading)}: {json.dumps(curve)}" for reading, curve in rounded.items()]
    (folder / FILE).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def known(name: str) -> Gained | None:
    """What is known of the model called ``name``; None for one that is not bundled or was not measured."""
    file = WEIGHTS / name / FILE
    if name not in bundled() or not file.is_file():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    return {reading: torch.tensor(curve, dtype=torch.double) for reading, curve in said.items()}
