"""Charts of one patch: a map a channel, each with square pixels."""

from __future__ import annotations

import numpy as np
import pytest

from vit.figures import patches as figures


@pytest.mark.parametrize("channels", [1, 3])
def test_every_channel_is_a_map_of_square_pixels(channels: int) -> None:
    patch = np.random.default_rng(0).normal(size=(4, 4, channels))
    black, full = np.arange(channels) - 3.0, np.arange(channels) + 2.0
    chart = figures.channel_maps(patch, black, full)
    for channel, heat in enumerate(chart.data):
        np.testing.assert_array_equal(heat.z, patch[..., channel])
        assert (heat.zmin, heat.zmax) == (black[channel], full[channel]), "the same for every patch"
        assert chart.layout[f"yaxis{channel + 1}"].scaleanchor == heat.xaxis.removesuffix("1"), "as high as it is wide"
