"""Every processor of a ViT's and a CLIP's kin makes the pixels that transformers' own makes, of photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.more_families import KIN
from tests.support.places import SAMPLES
from vit import load_pretrained
from vit.families.processors import WHOLE_PICTURE, preprocessing
from vit.model.config import ViTConfig
from vit.pictures.open import decode
from vit.reference.compare import compare
from vit.reference.file_pixels import pixel_row, read_file
from vit.reference.libraries import load_reference

RECIPES: dict[str, dict[str, Any]] = {
    "Blip": {"size": {"height": 96, "width": 96}},
    "ChineseCLIP": {"size": {"shortest_edge": 72}, "crop_size": {"height": 64, "width": 64}},
    "Llava": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "OwlViT": {"size": {"height": 96, "width": 96}},
    "Flava": {"size": {"height": 72, "width": 72}, "crop_size": {"height": 64, "width": 64}},
    "DPT": {"size": {"height": 64, "width": 96}},
    "PromptDepthAnything": {"size": {"height": 70, "width": 70}, "ensure_multiple_of": 14},
    "Gemma3": {"size": {"height": 64, "width": 64}},
    "GotOcr2": {"size": {"height": 64, "width": 64}},
}
WARPED: dict[str, dict[str, Any]] = {
    "DPT": {"size": {"height": 64, "width": 64}, "keep_aspect_ratio": True},
    "GotOcr2": {"size": {"height": 64, "width": 64}, "crop_to_patches": True},
    "LlavaNext": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "LlavaOnevision": {"size": {"height": 64, "width": 64}},
    "Yolos": {"size": {"shortest_edge": 80, "longest_edge": 130}},
    "Cohere2Vision": {"size": {"height": 64, "width": 64}},
}
PHOTOGRAPHS = [path for path in SAMPLES if path.stem in ("cat", "coffee", "rocket")]


def config(patch: int) -> ViTConfig:
    return ViTConfig(image_size=(8 * patch, 12 * patch), patch_size=patch, width=8, depth=1, heads=1, mlp_width=8)


def written(processor: Any, folder: Path) -> dict[str, Any]:
    processor.save_pretrained(folder)
    return json.loads((folder / "preprocessor_config.json").read_text())


@pytest.mark.parametrize("name", RECIPES)
def test_pixels_equal_transformers_to_the_bit(name: str, tmp_path: Path) -> None:
    import transformers
    from transformers.image_utils import load_image

    processor = getattr(transformers, f"{name}ImageProcessorPil")(**RECIPES[name])
    recipe = preprocessing(written(processor, tmp_path), "ViT", config(14 if "multiple" in str(RECIPES[name]) else 8))
    for path in PHOTOGRAPHS:
        theirs = processor(load_image(str(path)), return_tensors="pt")["pixel_values"]
        assert torch.equal(recipe(decode(path.read_bytes())), theirs), path.stem


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_that_names_a_class_alone_means_its_defaults(name: str) -> None:
    import transformers

    kind = getattr(transformers, f"{name}ImageProcessorPil")
    recipe = preprocessing({"image_processor_type": f"{name}ImageProcessor"}, "ViT", config(8))
    theirs = kind()(decode(PHOTOGRAPHS[0].read_bytes()).whole(), return_tensors="pt")["pixel_values"]
    assert torch.equal(recipe(decode(PHOTOGRAPHS[0].read_bytes())), theirs)


@pytest.mark.parametrize("name", WARPED)
def test_a_class_that_keeps_shapes_is_asked_for_the_whole_picture(name: str, tmp_path: Path) -> None:
    """Its pixels are then ours: to the bit by Pillow, within a level where it has torchvision's way alone."""
    import transformers

    exact = hasattr(transformers, f"{name}ImageProcessorPil")
    processor = getattr(transformers, f"{name}ImageProcessor{'Pil' * exact}")(**WARPED[name])
    recipe = preprocessing(written(processor, tmp_path), "ViT", config(8))
    options = {option: value for option, value in WHOLE_PICTURE.items() if hasattr(processor, option)}
    for path in PHOTOGRAPHS:
        picture = decode(path.read_bytes())
        size = {"height": recipe.size[0], "width": recipe.size[1]}
        tiles = {} if "image_grid_pinpoints" not in dir(processor) else {"image_grid_pinpoints": [[64, 128], [128, 64]]}
        theirs = processor(picture.whole(), size=size, return_tensors="pt", **options, **tiles)["pixel_values"]
        theirs = theirs.flatten(0, -4)[:1]  # the whole picture, before its tiles
        levels = ((recipe(picture) - theirs).abs() * 255 * torch.tensor(recipe.std)[:, None, None]).max()
        assert levels == 0 if exact else levels <= 1.01, f"{path.stem}: {levels}"


@pytest.mark.parametrize("name", ["YOLOS", "DPT", "BLIP vision", "OWL-ViT vision"])
def test_verify_reads_the_file_as_the_processor_does(name: str, tmp_path: Path) -> None:
    import transformers

    folder = KIN[name].save(tmp_path)
    model = load_pretrained(folder)
    kind = {"YOLOS": "Yolos", "DPT": "DPT", "BLIP vision": "Blip", "OWL-ViT vision": "OwlViT"}[name]
    getattr(transformers, f"{kind}ImageProcessorPil")(size={"height": 32, "width": 32}).save_pretrained(folder)
    theirs = read_file(folder, PHOTOGRAPHS[0], model.preprocessing)
    assert theirs is not None
    ours = load_pretrained(folder).preprocess(decode(PHOTOGRAPHS[0].read_bytes()).whole())
    assert pixel_row(ours, theirs, model.preprocessing).largest == 0


def test_owlv2_is_not_followed_to_the_letter_and_verify_says_so(tmp_path: Path) -> None:
    import transformers

    folder = KIN["OWLv2 vision"].save(tmp_path)
    transformers.Owlv2ImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    model = load_pretrained(folder)
    theirs = read_file(folder, PHOTOGRAPHS[0], model.preprocessing)
    assert theirs is not None
    ours = model.preprocess(decode(PHOTOGRAPHS[0].read_bytes()).whole())
    assert "black square" in str(pixel_row(ours, theirs, model.preprocessing))
    report = compare(model, load_reference(folder), ours, file=theirs)
    assert report.agrees, report.verdict


def test_a_processor_that_wants_boxes_is_not_compared(tmp_path: Path) -> None:
    """ViTPose's cuts people out by boxes of another model; here it looks at the whole picture."""
    import transformers

    folder = KIN["ViTPose backbone"].save(tmp_path)
    transformers.VitPoseImageProcessorPil().save_pretrained(folder)
    model = load_pretrained(folder)
    assert model.preprocessing.size == (256, 192)
    assert read_file(folder, PHOTOGRAPHS[0], model.preprocessing) is None


@pytest.mark.parametrize("most", [None, 36, 50])
def test_naflex_is_shown_as_a_square_and_verified_on_one(most: int | None, tmp_path: Path) -> None:
    """Its processor keeps each picture's shape: of a square it makes our pixels, of others it is not asked."""
    import transformers

    folder = KIN["SigLIP 2 NaFlex vision"].save(tmp_path)
    if most is not None:
        transformers.Siglip2ImageProcessorPil(patch_size=8, max_num_patches=most).save_pretrained(folder)
    model = load_pretrained(folder)
    side = {None: 32, 36: 48, 50: 56}[most]
    assert model.preprocessing.size == (side, side)
    square = decode(PHOTOGRAPHS[0].read_bytes()).whole().convert("RGB").resize((90, 90))
    square.save(tmp_path / "square.png")
    theirs = read_file(folder, tmp_path / "square.png", model.preprocessing)
    if most is None:
        assert theirs is None, "there is no file that says how pictures are read"
        return
    assert theirs is not None
    ours = model.preprocess(square)
    assert pixel_row(ours, theirs, model.preprocessing).largest == 0
    assert compare(model, load_reference(folder), ours, file=theirs).agrees
    square.resize((90, 60)).save(tmp_path / "wide.png")
    assert read_file(folder, tmp_path / "wide.png", model.preprocessing) is None
