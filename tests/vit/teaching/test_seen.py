"""What a model saw of a picture, kept and read again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from vit import load_pretrained
from vit.paths import SAMPLE_IMAGES
from vit.teaching.seen import keep, look_again
from vit.teaching.vectors import with_mirrored


@pytest.mark.parametrize("name", ["photos-10", "mnist-vit"], ids=["in colours", "in grey"])
def test_read_again_it_is_the_same_to_the_bit_and_small(name: str) -> None:
    model = load_pretrained(name)
    pixels = model.preprocess(Image.open(SAMPLE_IMAGES / "cat.jpg"))
    kept = keep(model, pixels)
    assert torch.equal(look_again(model, kept), pixels)
    assert len(kept) < 120_000


def test_a_model_of_another_size_sees_the_same_square() -> None:
    large, small = load_pretrained("photos-10"), load_pretrained("mnist-vit")
    half = np.zeros((300, 300, 3), np.uint8)
    half[:, 150:] = 255
    kept = keep(large, large.preprocess(Image.fromarray(half)))
    seen = small.preprocessing.to_image(look_again(small, kept))
    assert seen.size == (28, 28)
    assert np.asarray(seen)[14, [2, 25], 0].tolist() == [0, 255]


def test_a_mirrored_copy_stands_behind_its_picture() -> None:
    pixels = torch.arange(6.0).reshape(1, 1, 2, 3)
    assert with_mirrored(pixels)[:, 0].tolist() == [[[0, 1, 2], [3, 4, 5]], [[2, 1, 0], [5, 4, 3]]]
