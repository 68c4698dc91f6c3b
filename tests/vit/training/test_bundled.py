"""weights/mnist-vit: what lies beside it is true, and it reads digits, printed ones of MNIST and drawn ones."""

from __future__ import annotations

from math import cos, pi, sin

import pytest
import yaml
from PIL import Image, ImageDraw

from benchmarks.accuracy import held_out, judge
from tests.support.places import ROOT
from vit.checkpoints.loading import bundled, load_pretrained
from vit.pictures.digits import like_mnist
from vit.training.config_file import compose, to_settings

FOLDER = ROOT / "weights" / "mnist-vit"
MNIST = ROOT.parent / "shared" / "data" / "mnist"


def arc(x: float, y: float, r: float, begin: float, end: float, flat: float = 1.0) -> list[tuple[float, float]]:
    """A stroke along a circle, angles in turns, clockwise from the right."""
    turns = [begin + (end - begin) * i / 24 for i in range(25)]
    return [(x + r * cos(2 * pi * t), y + flat * r * sin(2 * pi * t)) for t in turns]


# Each digit as the strokes a person makes, on a pad of 100 × 100.
STROKES = {
    0: [arc(50, 50, 24, 0, 1, 1.4)],
    1: [[(54, 18), (46, 84)]],
    2: [[*arc(50, 34, 18, 0.5, 1.1), (30, 80), (72, 80)]],
    3: [arc(48, 34, 16, 0.6, 1.25), arc(48, 66, 17, 0.75, 1.4)],
    4: [[(40, 18), (30, 54), (70, 54)], [(62, 22), (58, 86)]],
    5: [[(68, 20), (40, 20), (36, 46), *arc(50, 62, 20, 0.62, 1.4)]],
    6: [[(62, 16), (42, 40), (34, 62)], arc(50, 66, 16, 0, 1)],
    7: [[(30, 22), (68, 22), (46, 84)]],
    8: [arc(50, 34, 14, 0, 1), arc(50, 66, 17, 0, 1)],
    9: [arc(48, 36, 16, 0, 1), [(64, 36), (62, 60), (56, 86)]],
}


def draw(digit: int, thick: int) -> Image.Image:
    ink = Image.new("L", (300, 300))
    for stroke in STROKES[digit]:
        points = [(3 * x, 3 * y) for x, y in stroke]
        ImageDraw.Draw(ink).line(points, 255, thick, "curve")
        for x, y in (points[0], points[-1]):  # the round ends of a pen
            ImageDraw.Draw(ink).ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    return ink


def test_it_is_small_and_says_how_it_was_made() -> None:
    assert bundled() == ["dinov2-small-imgfocus", "mnist-vit", "photos-10"], "the model for photographs comes first"
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 4e6
    made = to_settings(yaml.safe_load((FOLDER / "config.yaml").read_text()))
    recipe = compose(["preset=mnist-vit", f"data.path={made.data.path}"])
    assert made == recipe, "the recipe in configs/ is the one it was made by"
    with Image.open(FOLDER / "curves.png") as curves:
        assert min(curves.size) > 300


@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST's official test digits are not beside the project")
@pytest.mark.slow
def test_it_reads_the_official_test_digits() -> None:
    model = load_pretrained("mnist-vit")
    assert judge(model, held_out(MNIST, model, 28), at_once=500).accuracy >= 0.993


@pytest.mark.parametrize("thick", [14, 24, 38])
def test_it_reads_drawn_digits(thick: int) -> None:
    model = load_pretrained("mnist-vit")
    said = {
        digit: int(model.trace(model.preprocess(like_mnist(draw(digit, thick)))).logits.argmax()) for digit in STROKES
    }
    assert sum(digit == answer for digit, answer in said.items()) >= 9, said
