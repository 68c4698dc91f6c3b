"""The page Attention: what is marked in the charts of all heads is the head that the page speaks of."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.sessions import brought, healthy, opened
from ui.parts.attention.measured_heads import measured_heads
from vit.figures.attention import ORANGE


def heading(at: AppTest) -> list[int]:
    """Block and head in the heading of the one query."""
    [words] = (each.value for each in at.subheader if "One query" in each.value)
    return [int(number) for number in re.search(r"block (\d+), head (\d+)$", words).groups()]


def marked(at: AppTest) -> list[list[int]]:
    """Block and head of the orange dots in the charts of all heads."""
    charts = [json.loads(chart.proto.spec)["data"] for chart in at.get("plotly_chart")]
    dots = [trace for chart in charts for trace in chart if trace.get("marker", {}).get("color") == ORANGE]
    return [place for trace in dots if trace.get("customdata") for place in trace["customdata"]]


def test_the_head_that_the_page_opens_with_is_marked_among_all() -> None:
    at = opened("attention")
    assert marked(at) == [heading(at)] * 2


def test_the_chosen_head_is_marked_among_all() -> None:
    at = opened("attention", layer="3", head="4")
    assert heading(at) == [3, 4]
    assert marked(at) == [[3, 4]] * 2


def test_all_heads_are_measured_on_the_explorers_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened("attention")
    monkeypatch.setattr(measured_heads, "function", lambda *_: pytest.fail("walked a second time"))
    at.session_state.picture = brought(770_001)
    assert marked(healthy(at.run())) == [heading(at)] * 2
