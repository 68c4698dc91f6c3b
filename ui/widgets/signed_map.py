"""A map whose patches can speak for something or against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ui.widgets.patch_map import patch_map
from vit.figures.colour import AROUND_ZERO

if TYPE_CHECKING:
    from vit.model.layout import TokenLayout


def signed_map(image: Image.Image, layout: TokenLayout, values: np.ndarray, *, key: str, alt: str, label: str) -> None:
    """``values`` (gh·gw,) over the picture: orange above 0, blue below, the strongest for the largest of either."""
    most = float(np.abs(values).max()) or 1.0
    patch_map(image, layout, key=key, alt=alt, values=values, scale=(-most, most), colours=AROUND_ZERO, label=label)
