"""What a model sees of a file is what transformers' own processors make of it, whatever its size, turn and recipe."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.deep_files import colour_key, png16, tiff
from tests.support.pictures import encoded
from tests.support.places import ROOT
from vit.families.processors import preprocessing, to_json
from vit.model.config import ViTConfig
from vit.pictures import resample
from vit.pictures.open import decode
from vit.pictures.preprocess import Preprocessing

CONFIG = ViTConfig(image_size=(64, 64), patch_size=4, width=8, depth=1, heads=1, mlp_width=8)
RECIPES: dict[str, dict[str, Any]] = {
    "ViT": {"size": {"height": 64, "width": 48}},
    "DeiT": {"size": {"height": 72, "width": 80}, "crop_size": {"height": 64, "width": 64}},
    "Bit": {"size": {"shortest_edge": 64}, "crop_size": {"height": 56, "width": 56}},
    "CLIP": {"size": {"shortest_edge": 51}, "crop_size": {"height": 60, "width": 48}},  # cut larger than the picture
    "Siglip": {"size": {"height": 84, "width": 84}},
}
SIZES = [(400, 300), (37, 401), (401, 37), (1700, 1400), (3, 900), (1, 1), (640, 65)]


def picture(size: tuple[int, int], chance: random.Random) -> bytes:
    """A file of noise, which any other way to resize would show in."""
    pixels = np.random.default_rng(chance.randrange(99)).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = chance.randrange(1, 9)
    file_format = chance.choice(("JPEG", "PNG", "TIFF", "BMP"))
    return encoded(Image.fromarray(pixels), file_format, **({} if file_format == "BMP" else {"exif": exif}))


def reference(name: str, options: dict[str, Any], data: bytes, folder: Path) -> tuple[torch.Tensor, dict[str, Any]]:
    """Pixels by transformers' processor, and the file that it writes about itself."""
    import transformers
    from transformers.image_utils import load_image

    processor = getattr(transformers, name)(**options)
    processor.save_pretrained(folder)
    recipe = json.loads((folder / "preprocessor_config.json").read_text())
    return processor(load_image(Image.open(io.BytesIO(data))), return_tensors="pt")["pixel_values"], recipe


@pytest.mark.parametrize("how", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("name", RECIPES)
def test_pixels_equal_transformers_to_the_bit(name: str, how: int, tmp_path: Path) -> None:
    chance = random.Random(f"{name} {how}")
    for size in SIZES:
        data = picture(size, chance)
        options = {**RECIPES[name], "resample": how}
        theirs, recipe = reference(f"{name}ImageProcessorPil", options, data, tmp_path)
        ours = preprocessing(recipe, name, CONFIG)(decode(data))
        assert torch.equal(ours, theirs), f"{size}: {(ours - theirs).abs().max()}"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ConvNextImageProcessorPil", {"size": {"shortest_edge": 64}, "crop_pct": 0.875}),
        ("ConvNextImageProcessorPil", {"size": {"shortest_edge": 64}}),
        ("ConvNextImageProcessorPil", {"size": {"shortest_edge": 384}}),
        ("BeitImageProcessorPil", {"size": {"height": 72, "width": 72}, "do_center_crop": True, "crop_size": 64}),
        ("BitImageProcessorPil", {"size": {"shortest_edge": 40}, "crop_size": 61}),  # black around it
        ("ViTImageProcessorPil", {"size": {"height": 64, "width": 64}, "do_normalize": False}),
    ],
)
def test_recipes_out_of_the_ordinary(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    for size in SIZES[:3]:
        data = picture(size, random.Random(f"{name} {size}"))
        theirs, recipe = reference(name, options, data, tmp_path)
        ours = preprocessing(recipe, "ViT", CONFIG)(decode(data))
        assert torch.equal(ours, theirs[..., : ours.shape[-2], : ours.shape[-1]])


@pytest.mark.parametrize("name", RECIPES)
def test_a_fine_texture_is_resized_from_all_of_its_pixels(name: str, tmp_path: Path) -> None:
    """A photograph of three megapixels under a raster, which shows in whatever is resized in more than one step."""
    data = (ROOT / "tests" / "data" / "pictures" / "fine-texture-3MP.jpg").read_bytes()
    theirs, recipe = reference(f"{name}ImageProcessorPil", RECIPES[name], data, tmp_path)
    ours = preprocessing(recipe, name, CONFIG)
    assert torch.equal(ours(decode(data)), theirs)
    assert torch.equal(ours(Image.open(io.BytesIO(data))), theirs), "opened, and not yet loaded"


@pytest.mark.parametrize("name", RECIPES)
def test_pixels_equal_the_torchvision_path_within_a_level(name: str, tmp_path: Path) -> None:
    """Of a photograph, and a margin that is even: transformers' own two ways differ by more of noise that is squeezed
    hard, and put an odd margin on different sides."""
    data = (ROOT / "sample_images" / "coffee.jpg").read_bytes()
    options = RECIPES[name] | ({"size": {"shortest_edge": 52}} if name == "CLIP" else {})
    theirs, recipe = reference(f"{name}ImageProcessor", options, data, tmp_path)
    levels = (
        (preprocessing(recipe, name, CONFIG)(decode(data)) - theirs).abs()
        * 255
        * torch.tensor(recipe["image_std"])[None, :, None, None]
    )
    assert levels.max() <= 1.01
    assert levels.mean() <= 0.1


@pytest.mark.parametrize("size", [(400, 300), (37, 401), (1700, 1400), (20, 5000)])
def test_dinov3_resizes_without_rounding(size: tuple[int, int], tmp_path: Path) -> None:
    data = picture(size, random.Random(0))
    theirs, recipe = reference("DINOv3ViTImageProcessor", {"size": {"height": 64, "width": 64}}, data, tmp_path)
    torch.testing.assert_close(preprocessing(recipe, "ViT", CONFIG)(decode(data)), theirs, atol=1e-5, rtol=0)


def test_a_part_of_a_resized_picture_is_that_part_of_the_whole() -> None:
    chance, numbers = random.Random(0), np.random.default_rng(0)
    for number in range(120):
        old, new = ((chance.randint(1, 90), chance.randint(1, 90)), (chance.randint(1, 200), chance.randint(1, 200)))
        image = Image.fromarray(numbers.integers(0, 256, (old[1], old[0], 3), dtype=np.uint8))
        image = image.convert("L") if number % 3 else image
        left, top = chance.randrange(new[0]), chance.randrange(new[1])
        box = left, top, chance.randint(left + 1, new[0]), chance.randint(top + 1, new[1])
        whole = image.resize(new, number % 6).crop(box)
        assert resample.part(image, new, box, number % 6).tobytes() == whole.tobytes(), (old, new, box, number % 6)


@pytest.mark.parametrize("size", [(9000, 70), (70, 9000)])
def test_long_strips_are_as_exact(size: tuple[int, int]) -> None:
    """Their shorter side brought to 256 makes 8 million pixels of them: more than are computed at once."""
    data = picture(size, random.Random(1))
    recipe, found = Preprocessing((224, 224), 256), decode(data)
    whole = found.whole().resize(recipe.resized(*found.size), recipe.resample)
    left, top = (whole.width - 224) // 2, (whole.height - 224) // 2
    assert recipe.crop(found).tobytes() == whole.crop((left, top, left + 224, top + 224)).tobytes()


def odd_files() -> dict[str, bytes]:
    """Transparency and depth of every kind, which transformers passes over, clips, or lays on white itself."""
    pixels = np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    colours, half = Image.fromarray(pixels), Image.fromarray(pixels[..., 0])
    few, deep = colours.quantize(200), pixels.astype(np.uint16) * 16
    clear = Image.merge("RGBA", (*colours.split(), half))
    return {
        "one colour": encoded(colours, "PNG", transparency=tuple(pixels[3, 5].tolist())),
        "one grey": encoded(half, "PNG", transparency=int(pixels[3, 5, 0])),
        "one of two": encoded(half.convert("1"), "PNG", transparency=0),
        "one of a palette": encoded(few, "PNG", transparency=7),
        "a palette's": encoded(few, "PNG", transparency=bytes(range(200))),
        "GIF": encoded(few, "GIF", transparency=7),
        "half": encoded(clear, "PNG"),
        "half, in WebP": encoded(clear, "WEBP", lossless=True),
        "grey and half": encoded(Image.merge("LA", (half, half)), "PNG"),
        "16 bits": png16(deep),
        "16 bits, one colour": png16(deep, colour_key(*deep[3, 5].tolist())),
        "16 bits, half": png16(np.dstack([deep, deep[..., 0]])),
        "16 bits of grey": png16(deep[..., :1], interlaced=True),
        "16 bits of ink": tiff(np.dstack([deep, deep[..., 0]]), photometric=5),
        "floats": tiff(deep[..., :1].astype(np.float32)),
    }


@pytest.mark.parametrize("name", ["ViT", "CLIP"])
def test_read_as_transformers_reads_it_a_file_s_pixels_are_transformers(name: str, tmp_path: Path) -> None:
    """One passes over the colour that means transparent, the other lays it on white (``do_convert_rgb``)."""
    for kind, data in odd_files().items():
        theirs, recipe = reference(f"{name}ImageProcessorPil", RECIPES[name], data, tmp_path)
        ours = preprocessing(recipe, name, CONFIG)
        assert torch.equal(ours(decode(data, plain=True)), theirs), kind
        assert preprocessing(to_json(ours), name, CONFIG) == ours


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_picture_any_size_any_recipe(seed: int, tmp_path: Path) -> None:
    """Mode, format, turn, shape and recipe by chance: what is seen of the file is what transformers sees of it."""
    chance = random.Random(seed)
    for _ in range(12):
        name = chance.choice(list(RECIPES))
        width, height = (chance.choice((1, 3, chance.randrange(2, 300), chance.randrange(300, 1600))) for _ in range(2))
        pixels = np.random.default_rng(chance.randrange(999)).integers(0, 256, (height, width, 4), dtype=np.uint8)
        mode = chance.choice(("RGB", "RGBA", "L", "LA", "P", "1", "CMYK"))
        formats = {"CMYK": ("TIFF", "JPEG"), "P": ("PNG", "GIF", "BMP"), "1": ("PNG", "TIFF", "BMP"), "LA": ("PNG",)}
        file_format = chance.choice(formats.get(mode, ("PNG", "TIFF", "WEBP") + ("JPEG",) * (mode in ("RGB", "L"))))
        exif = Image.Exif()
        exif[0x0112] = chance.randrange(1, 9)
        turned = {"exif": exif} if file_format in ("PNG", "TIFF", "WEBP", "JPEG") else {}
        data = encoded(
            Image.fromarray(pixels).convert("RGB" if mode == "CMYK" else "RGBA").convert(mode), file_format, **turned
        )
        upper = chance.randrange(40, 130)
        lower = upper - chance.randrange(upper // 4)
        sized = chance.choice(
            ({"shortest_edge": upper}, {"height": upper, "width": chance.randrange(lower, upper + 9)})
        )
        options = {**RECIPES[name], "size": sized, "resample": chance.randrange(5)}
        options |= {"do_center_crop": True, "crop_size": {"height": lower, "width": lower}}
        theirs, recipe = reference(f"{name}ImageProcessorPil", options, data, tmp_path)
        ours = preprocessing(recipe, name, CONFIG)
        seen = ours(decode(data, plain=True))
        what = (name, mode, file_format, (width, height), options)
        assert torch.equal(seen, theirs[..., : ours.size[0], : ours.size[1]]), what
