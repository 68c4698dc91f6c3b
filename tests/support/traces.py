"""Pictures of noise and small saved models, for tests of what the server keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import SMALL, random_model
from ui.session.samples import Picture
from vit.checkpoints.loading import save_pretrained


def picture(number: int) -> Picture:
    """The picture with this number, 32 × 32."""
    pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
    return Picture(f"{number:032x}", f"{number}.png", Image.fromarray(pixels))


def small_model(folder: Path, name: str = "small") -> str:
    """A model of 32 pixels in a folder, by which it can be loaded; its traces are a few hundred kilobytes."""
    save_pretrained(random_model(replace(SMALL["cls"], image_size=(32, 32))), folder / name)
    return str(folder / name)
