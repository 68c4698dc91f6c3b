"""A map whose patches can speak for something or against it."""

from __future__ import annotations

import numpy as np

from ui.session.scene import Scene
from ui.widgets.patch_map import patch_map
from vit.figures.colour import AROUND_ZERO


def signed_map(scene: Scene, values: np.ndarray, *, key: str, alt: str, label: str) -> None:
    """``values`` (gh·gw,) over the picture: orange above 0, blue below, the strongest for the largest of either."""
    most = float(np.abs(values).max()) or 1.0
    patch_map(
        scene.cropped,
        scene.layout,
        key=key,
        alt=alt,
        values=values,
        scale=(-most, most),
        colours=AROUND_ZERO,
        label=label,
    )
