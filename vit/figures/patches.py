"""Pictures of patches: the crop on the original, the grid, one patch enlarged, its values in a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from einops import rearrange
from PIL import Image, ImageDraw

from vit.figures.colour import FRAME
from vit.figures.lines import DOTTED, stems, upright
from vit.figures.margins import LEGEND, fixed
from vit.figures.plain import tiles

CHANNEL_COLOURS = {3: ("#d1495b", "#2a9d5c", "#3a6ea5"), 1: ("#6b7b80",)}
LIT = {3: ("#ff5a5a", "#4be07a", "#6aa2ff"), 1: ("#ffffff",)}  # a channel at its brightest
BETWEEN = 0.12  # of a channel's map: the room between two
CHANNEL_NAMES = {3: ("red", "green", "blue"), 1: ("grey",)}


def crop_on_original(image: Image.Image, box: tuple[float, float, float, float], longest: int = 640) -> Image.Image:
    """The whole picture, what the model does not get to see dimmed; ``box`` in pixels of ``image``."""
    scale = min(1.0, longest / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    shown = image.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    across, down = size[0] / image.width, size[1] / image.height
    left, top, right, bottom = box[0] * across, box[1] * down, box[2] * across, box[3] * down
    kept = round(left), round(top), round(right), round(bottom)
    dimmed = Image.blend(shown, Image.new("RGB", size, "#777777"), 0.65)
    if kept[2] > kept[0] and kept[3] > kept[1]:
        dimmed.paste(shown.crop(kept), kept[:2])
    edge = left, top, max(left, right - 1), max(top, bottom - 1)
    ImageDraw.Draw(dimmed).rectangle(edge, outline=FRAME, width=3)
    return dimmed


def patches_apart(image: Image.Image, patch_size: int) -> Image.Image:
    """The picture cut up, its patches pulled apart by transparent gaps of a fifth of a patch."""
    pixels = np.asarray(image.convert("RGB"))
    patches = rearrange(pixels, "(gh p1) (gw p2) c -> gh gw p1 p2 c", p1=patch_size, p2=patch_size)
    return tiles(patches, max(1, patch_size // 5))


def channel_maps(patch: np.ndarray, black: np.ndarray, full: np.ndarray) -> go.Figure:
    """One patch (P, P, C) of normalised values, a heat map a channel, each cell readable. A channel is black at its
    value in ``black`` (C,), its own colour at that in ``full``."""
    side, _, channels = patch.shape
    names = CHANNEL_NAMES[channels]
    width = 1 / (channels + (channels - 1) * BETWEEN)  # of the chart
    starts = [channel * (1 + BETWEEN) * width for channel in range(channels)]
    layout: dict[str, object] = {"margin": {"l": 0, "r": 0, "t": 30, "b": 0}, "height": 240}
    plain = {"showticklabels": False, "ticks": "", "constrain": "domain"}
    title = {"showarrow": False, "xref": "paper", "yref": "paper", "y": 1, "xanchor": "center", "yanchor": "bottom"}
    for number, start in enumerate(starts, 1):  # Plotly counts its axes from 1
        across = {"domain": [start, min(1.0, start + width)], "anchor": f"y{number}", "range": [-0.5, side - 0.5]}
        layout[f"xaxis{number}"] = plain | across
        own_x = f"x{number}" if number > 1 else "x"
        square = {"scaleanchor": own_x, "anchor": own_x, "constraintoward": "top"}
        layout[f"yaxis{number}"] = plain | {"autorange": "reversed"} | square
    layout["annotations"] = [
        title | {"text": name, "x": start + width / 2, "font": {"size": 16}}
        for name, start in zip(names, starts, strict=True)
    ]
    figure = go.Figure(layout=layout)
    for channel in range(channels):
        figure.add_heatmap(
            z=patch[..., channel],
            colorscale=[[0, "#000000"], [1, LIT[channels][channel]]],
            zmin=black[channel],
            zmax=full[channel],
            showscale=False,
            hovertemplate=f"row %{{y}}, column %{{x}}<br>{names[channel]} %{{z:.4f}}<extra></extra>",
            xaxis=f"x{channel + 1}",
            yaxis=f"y{channel + 1}",
        )
    return figure


def flat_vector(patch: np.ndarray) -> go.Figure:
    """One patch (P, P, C) as the row of numbers it becomes: p1, then p2, then the channel runs fastest."""
    side, _, channels = patch.shape
    figure = go.Figure(
        layout={
            "height": 260,
            "margin": fixed(top=36),
            "xaxis": {"title": f"place in the flat vector (0 to {patch.size - 1})"},
            "yaxis": {"title": "normalised value"},
            **LEGEND,
        }
    )
    for channel, (name, colour) in enumerate(zip(CHANNEL_NAMES[channels], CHANNEL_COLOURS[channels], strict=True)):
        values = patch[..., channel].reshape(-1)  # (P·P,)
        index = np.arange(side * side)
        figure.add_scatter(
            **stems(index * channels + channel, values, *np.divmod(index, side)),
            mode="lines",
            name=name,
            line={"color": colour, "width": 1.5},
            hovertemplate="number %{x}: <b>%{customdata[0]:.4f}</b><br>row %{customdata[1]}, column %{customdata[2]}, "
            + name
            + "<extra></extra>",
        )
    return figure


def apart(sizes: Sequence[int], ratio: float = 1.4) -> list[int]:
    """Those of the rising ``sizes`` that are at least ``ratio`` times the one before: labels that do not overlap."""
    kept: list[int] = []
    for size in sizes:
        if not kept or size >= ratio * kept[-1]:
            kept.append(size)
    return kept


def cost_curve(sizes: Sequence[int], tokens: Sequence[int], values: Sequence[int], chosen: int) -> go.Figure:
    """Tokens, and numbers in all attention patterns, against the patch size; both on logarithmic axes."""
    ticks = apart(sizes)
    figure = go.Figure(
        layout={
            "height": 300,
            "margin": fixed(top=36),
            "shapes": [upright(chosen, {**DOTTED, "width": 2})],
            "xaxis": {
                "title": "patch size P (pixels)",
                "type": "log",
                "tickvals": ticks,
                "ticktext": [str(s) for s in ticks],
                "tickangle": 0,
            },
            "yaxis": {"type": "log", "exponentformat": "SI"},
            **LEGEND,
        }
    )
    for name, y, colour in (("tokens", tokens, "#0072b2"), ("numbers in all patterns", values, "#e69f00")):
        figure.add_scatter(
            x=sizes,
            y=y,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3},
            hovertemplate=f"patch size %{{x}}<br>%{{y:,}} {name}<extra></extra>",
        )
    return figure
