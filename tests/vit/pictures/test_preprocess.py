"""Preprocessing: the crop that is drawn is the crop that is used, for any shape of picture."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.support.places import SAMPLES
from vit import open_image
from vit.pictures.preprocess import Preprocessing, whole

RECIPES = {
    "shorter side, crop": Preprocessing((224, 224), 256),
    "squash": Preprocessing((224, 224)),
    "squash, crop": Preprocessing((224, 224), (256, 256)),
    "not square": Preprocessing((112, 196), 200),
    "grey": Preprocessing((28, 28), channels=1),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("path", SAMPLES[:4], ids=lambda path: path.stem)
def test_one_step_gives_the_pixels_of_resizing_then_cropping(recipe: Preprocessing, path: Path) -> None:
    image = open_image(path).convert("L" if recipe.channels == 1 else "RGB")
    resized = image.resize(recipe.resized(*image.size), recipe.resample)
    left, top = (resized.width - recipe.size[1]) // 2, (resized.height - recipe.size[0]) // 2
    cropped = resized.crop((left, top, left + recipe.size[1], top + recipe.size[0]))
    assert recipe.crop(image).tobytes() == cropped.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (640, 480), (225, 223)])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_crop_lies_inside_any_picture(recipe: Preprocessing, size: tuple[int, int]) -> None:
    left, top, right, bottom = recipe.crop_box(*size)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert recipe(Image.new("RGB", size, "teal")).shape == (1, recipe.channels, *recipe.size)


def test_normalising_by_hand_and_back() -> None:
    recipe = Preprocessing((2, 2), mean=(0.5, 0.5, 0.5), std=(0.5, 0.25, 0.125))
    pixels = recipe(Image.new("RGB", (2, 2), (255, 0, 51)))
    torch.testing.assert_close(pixels[0, :, 0, 0], torch.tensor([1.0, -2.0, -2.4]))
    assert recipe.to_image(pixels).getpixel((1, 1)) == (255, 0, 51)


def test_other_sizes_keep_the_margin() -> None:
    recipe = Preprocessing((224, 224), 256)
    assert recipe.at(448, 448) == Preprocessing((448, 448), 512)
    assert recipe.at(448, 224).size == (448, 224)
    assert recipe.at(448, 224).resize >= 448
    image = Image.new("RGB", (300, 200))
    assert recipe.at(112, 336)(image).shape == (1, 3, 112, 336)


def test_recipes_of_the_hub() -> None:
    squash = Preprocessing.from_hub({"size": {"height": 224, "width": 200}, "image_mean": [0.5] * 3})
    assert squash.size == (224, 200)
    assert squash.resize is None
    assert Preprocessing.from_hub({"size": 384}).size == (384, 384)
    crop = Preprocessing.from_hub({"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": 224})
    assert (crop.size, crop.resize) == ((224, 224), 256)
    with pytest.raises(ValueError, match="size cannot be read"):
        Preprocessing.from_hub({"size": "large"})


def test_a_picture_smaller_than_a_patch_is_refused() -> None:
    with pytest.raises(ValueError, match="28×3 pixels hold no whole patch of 4"):
        Preprocessing(size=(28, 3)).whole_patches(4)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (5000, 10), (10, 5000), (300, 300), (1, 1)])
@pytest.mark.parametrize("patch", [14, 16])
def test_a_whole_picture_keeps_its_shape_in_as_many_patches_at_most(size: tuple[int, int], patch: int) -> None:
    height, width = whole(size, 224, patch)
    rows, columns = height // patch, width // patch
    assert (height % patch, width % patch) == (0, 0)
    assert 1 <= rows * columns <= (224 // patch) ** 2
    if max(size) < 10 * min(size):
        assert rows * columns > 0.8 * (224 // patch) ** 2
        assert width / height == pytest.approx(size[0] / size[1], rel=0.1)
    recipe = Preprocessing((224, 224), 256).for_side((height, width))
    assert recipe.crop_box(*size) == (0, 0, *size), "nothing is cut away"
    assert recipe(Image.new("RGB", size, "teal")).shape == (1, 3, height, width)
