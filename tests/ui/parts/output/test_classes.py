"""The answer on the page Output: softmax with the picture's own numbers, and what the temperature does to them."""

from __future__ import annotations

import re

from tests.support.sessions import captions, healthy, opened, words

ROW = re.compile(
    r"\| (?P<name>[\w ]+) \| (?P<z>-?[\d.]+) \| (?P<below>-?[\d.]+) \| (?P<power>[\d.e-]+) \| \*\*.*\*\* \|"
)


def test_softmax_with_the_picture_s_numbers_follows_the_temperature() -> None:
    at = opened("output", model="mnist-vit", image="digit_7")
    first = [row.groupdict() for row in ROW.finditer(words(at))]
    assert first[0]["name"] == "7"
    assert first[0]["power"] == "1"
    assert [float(row["below"]) for row in first] == sorted((float(row["below"]) for row in first), reverse=True)
    healthy(at.select_slider(key="temperature").set_value(10.0).run())
    hot = [row.groupdict() for row in ROW.finditer(words(at))]
    assert [row["name"] for row in hot] == [row["name"] for row in first]
    assert [row["z"] for row in hot] == [row["z"] for row in first], "logits know no temperature"
    for cold, warm in zip(first, hot, strict=True):
        assert abs(float(cold["below"]) - 10 * float(warm["below"])) < 0.06
    assert "A logit higher by 1 is 1.11 times the probability" in captions(at)
