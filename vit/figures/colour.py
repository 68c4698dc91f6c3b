"""One colour map for every heat map: viridis, which survives colour-blindness and greyscale printing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Ten anchors of viridis (Smith & van der Walt 2015), as Plotly's "Viridis" has them.
VIRIDIS = (
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
)
# One categorical colour a thing, the same on every page (Okabe & Ito 2008).
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#8a9499"
# Colour and dash of the lines of one chart, in their order.
LINES = ((BLUE, "solid"), (ORANGE, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"), (GREY, "longdash"))
FRAME = "#ffb000"  # around what is chosen on a picture
# A colour a class, in the order of the classes: Okabe & Ito's, then lighter ones that can be told from them.
CLASSES = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#8a9499", "#56b4e9", "#d55e00", "#f0e442", "#7f3c8d", "#a3d9a5",
)  # fmt: skip
AROUND_ZERO = (BLUE, "#f4f4f4", ORANGE)  # below, at and above zero


def class_colour(number: int) -> str:
    """The colour of class ``number``; from the eleventh on they come again."""
    return CLASSES[number % len(CLASSES)]


def class_scale(count: int) -> list[tuple[float, str]]:
    """A colour scale in steps, for a heat map whose values are ``count`` classes' numbers, from −½ to count − ½."""
    ends = [(number / count, (number + 1) / count) for number in range(count)]
    return [(end, class_colour(number)) for number, both in enumerate(ends) for end in both]


def viridis(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values (…) → RGB bytes (…, 3); ``low`` and below is the dark end, ``high`` and above the bright one."""
    span = high - low
    return mixed(VIRIDIS, (values - low) / span if span > 0 else np.zeros_like(values))


def mixed(anchors: Sequence[str], shares: np.ndarray) -> np.ndarray:
    """Shares (…) of the way from the first of these colours to the last → RGB bytes (…, 3)."""
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in anchors], dtype=np.float64)
    place = np.clip(shares, 0, 1) * (len(rgb) - 1)
    below = np.minimum(place.astype(int), len(rgb) - 2)
    part = (place - below)[..., None]
    found: np.ndarray = (rgb[below] * (1 - part) + rgb[below + 1] * part).round().astype(np.uint8)
    return found
