"""How photographs are changed for training: crop, colours, sharpness, blends, and another size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from vit.data import batches
from vit.data.augment import DRAWN, DRAWS, augment, blend, draw, enlarged, sharpened
from vit.pictures.augment import Augment

COLUMN = {name: column for column, name in enumerate(name for group in DRAWN for name in group)}


def chance(n: int = 1, **drawn: float) -> torch.Tensor:
    """No change but what is named."""
    found = torch.zeros(n, DRAWS)
    for name, value in drawn.items():
        found[:, COLUMN[name.replace("_", " ")]] = value
    return found


def noise(n: int = 1, side: int = 8) -> torch.Tensor:
    return torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_what_was_drawn_before_a_group_was_added_is_drawn_still() -> None:
    """Runs on digits are the same to the bit, whatever photographs draw after them."""
    alone = torch.rand(5, len(DRAWN[0]), generator=batches.step_generator(0, 3)) * 2 - 1
    assert torch.equal(draw(5, batches.step_generator(0, 3))[:, : len(DRAWN[0])], alone)


def test_a_crop_is_a_part_of_the_picture_at_the_drawn_place() -> None:
    ramp = torch.arange(0, 240, 30, dtype=torch.uint8).expand(1, 1, 8, 8)
    how = Augment(crop=0.75)  # at most: half of each side is left
    right = augment(ramp, chance(crop=1, crop_across=1), how)[0, 0, 0] * 255
    left = augment(ramp, chance(crop=1, crop_across=-1), how)[0, 0, 0] * 255
    assert right.tolist() == pytest.approx([112.5, 127.5, 142.5, 157.5, 172.5, 187.5, 202.5, 210], abs=0.01)
    assert left.tolist() == pytest.approx([0, 7.5, 22.5, 37.5, 52.5, 67.5, 82.5, 97.5], abs=0.01)
    whole = augment(ramp, chance(crop=0, crop_across=1), how)
    assert torch.allclose(whole, ramp / 255, atol=1e-6)


def test_colours_by_hand() -> None:
    images, pixels = noise(), noise() / 255
    dark = augment(images, chance(brightness=-1), Augment(colour=0.5))
    assert torch.allclose(dark, pixels / 2)
    grey = augment(images, chance(saturation=-1), Augment(colour=1.0))
    assert torch.allclose(grey, pixels.mean(1, keepdim=True).expand(-1, 3, -1, -1), atol=1e-6)
    flat = augment(images, chance(contrast=-1), Augment(colour=1.0))
    assert torch.allclose(flat, pixels.mean().expand_as(flat), atol=1e-6)
    assert torch.allclose(augment(images, chance(), Augment(colour=1.0)), pixels, atol=1e-6)


def test_blurred_and_sharper_by_hand() -> None:
    dot = torch.zeros(2, 1, 5, 5)
    dot[..., 2, 2] = 0.5
    blurred, sharper = sharpened(dot, torch.tensor([-1.0, 1.0]))[:, 0]
    assert (blurred[1:4, 1:4] * 32).tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert sharper[2, 2] == pytest.approx(2 * 0.5 - 4 / 32)
    assert sharper[2, 1] == 0  # below black is black
    assert torch.equal(sharpened(dot, torch.zeros(2)), dot)


def test_half_of_the_pictures_are_blended_with_their_partners() -> None:
    images, how = noise(4), Augment(mixup=0.4)
    luck = torch.cat([chance(mixup=value) for value in (-1.0, -0.1, 0.5, 1.0)])
    assert blend(luck, how).tolist() == pytest.approx([0, 0, 0.2, 0.4])
    mixed, pixels = augment(images, luck, how, images.roll(1, dims=0)), images / 255
    assert torch.equal(mixed[:2], pixels[:2])
    assert torch.allclose(mixed[3], 0.6 * pixels[3] + 0.4 * pixels[2], atol=1e-6)


@pytest.mark.parametrize("side", [21, 8, 5])
def test_another_size_is_pil_s(side: int) -> None:
    """The training sees what the trained model will be shown. PIL cuts what overshoots 255 after each direction."""
    images = noise(side=8) // 2 + 64
    picture = Image.fromarray(images[0].permute(1, 2, 0).numpy())
    theirs = np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC)) / 255
    assert np.abs(enlarged(images / 255, side)[0].permute(1, 2, 0).numpy() - theirs).max() < 1.5 / 255


def test_moved_pictures_come_out_at_the_asked_size() -> None:
    images = torch.full((2, 3, 8, 8), 51, dtype=torch.uint8)
    found = augment(images, draw(2, batches.step_generator(0, 0)), Augment(crop=0.5, flip=True), side=28)
    assert found.shape == (2, 3, 28, 28)
    assert torch.allclose(found, torch.full_like(found, 0.2), atol=1e-5)
