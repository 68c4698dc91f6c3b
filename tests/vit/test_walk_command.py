"""``python -m vit``: the walk as a table, or one sentence."""

from __future__ import annotations

import pytest

from tests.support.places import SAMPLES
from vit.__main__ import main


def test_the_walk_of_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    """The bundled ViT-S/14 at 224 px: 16 · 16 patches and CLS, 384 numbers a token."""
    assert main(["--image", str(SAMPLES[0])]) == 0
    printed = capsys.readouterr().out
    assert "257 tokens, 12 blocks of 6 heads" in printed
    assert printed.splitlines()[-1] == "CLS output: 1 × 384"
    shapes = {line.split()[0]: line.rsplit("  ", 1)[-1].strip() for line in printed.splitlines()[2:-2]}
    assert shapes["pixels"] == "1 × 3 × 224 × 224"
    assert shapes["blocks.0.pattern"] == "1 × 6 × 257 × 257"
    assert shapes["pooled"] == "1 × 384"


def test_a_preset_of_random_weights_on_random_pixels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--preset", "vit-ti16"]) == 0
    assert "197 tokens, 12 blocks of 3 heads" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--weights", "nowhere"], ["--image", "nowhere.png"]])
def test_two_and_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
