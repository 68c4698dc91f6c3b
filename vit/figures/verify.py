"""How far two computations of the same thing lie apart, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from vit.figures.colour import BLUE, GREY, ORANGE
from vit.figures.margins import LEGEND, NARROW

_STYLES = ((BLUE, "circle", "solid"), (ORANGE, "diamond", "dash"))


def differences(
    names: Sequence[str], series: Mapping[str, Sequence[float | None]], tolerance: float, smallest: float = 1e-9
) -> go.Figure:
    """The largest differences per layer on a logarithmic axis, the tolerance drawn.

    ``series``: what is compared → a difference a name, None where there is none. An exact 0 has no
    place on such an axis; it is drawn at ``smallest`` and read as 0.
    """
    figure = go.Figure(
        layout={
            "height": 380,
            "margin": NARROW,
            "yaxis": {"type": "log", "title": "largest |difference|", "exponentformat": "power"},
            "xaxis": {"title": "after"},
            **LEGEND,
        }
    )
    for (label, values), (colour, symbol, dash) in zip(series.items(), _STYLES, strict=False):
        figure.add_scatter(
            x=list(names),
            y=[None if value is None else max(value, smallest) for value in values],
            customdata=list(values),
            name=label,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="%{x}<br>" + label + ": %{customdata:.3g}<extra></extra>",
        )
    figure.add_scatter(
        x=list(names),
        y=[tolerance] * len(names),
        name=f"tolerance {tolerance:g}",
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    return figure
