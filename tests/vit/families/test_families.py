"""Every family equals transformers, layer by layer; every processor makes the same pixels."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.families import CASES, REAL, TINY, Case, randomise
from tests.support.more_families import KIN
from tests.support.places import BUNDLED, SAMPLES
from tests.support.towers import INSIDE
from vit import ViT, load_pretrained, open_image
from vit.families import FAMILIES
from vit.families.processors import preprocessing, to_json
from vit.families.towers import BY_TYPE
from vit.pictures.preprocess import Preprocessing
from vit.reference.compare import compare
from vit.reference.libraries import load_reference
from vit.reference.twin import Twin


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory):
    """name → the folder transformers saved, our model of it and transformers' own; each made once."""

    @cache
    def make(name: str) -> tuple[Path, ViT, Twin]:
        folder = CASES[name].save(tmp_path_factory.mktemp("case"))
        return folder, load_pretrained(folder), load_reference(folder)

    return make


@pytest.mark.parametrize("size", ["trained", (40, 56), (16, 64), (24, 24)], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_every_layer_equals_transformers(name: str, size: str | tuple[int, int], saved) -> None:
    """(16, 64) has as many patches as the trained 32×32 pixels, and yet another grid."""
    _, model, twin = saved(name)
    height, width = model.config.image_size if size == "trained" else size
    torch.manual_seed(1)
    pixels = torch.randn(2, model.config.channels, height, width)
    if "MAE" in name:
        pixels = pixels[:1]  # transformers sorts patches by the noise of one picture
    report = compare(model, twin, pixels)
    assert report.agrees, report.verdict
    assert max(row.residual for row in report.rows) <= 1e-4, report.table()
    assert (report.logits is not None) == ("classifier" in name or "heads" in name)
    assert report.pooled is not None or "without head" in name
    assert len(report.rows) == model.config.depth + 1


def test_every_family_is_proved() -> None:
    import transformers

    cases = {**CASES, **KIN, **INSIDE}.values()
    proved = {getattr(transformers, case.config).model_type for case in cases}
    compared = {name: family.reference for name, family in FAMILIES.items() if family.reference}
    known = {name for name, reference in compared.items() if reference.library == "transformers"}
    assert proved == known | set(BY_TYPE)


def test_labels_and_pooling_come_from_the_checkpoint(saved) -> None:
    expected = {
        "ViT classifier": "cls",
        "DeiT two heads": "cls+dist",
        "DINOv2 classifier": "cls+mean",
        "SigLIP classifier": "mean",
    }
    for name, pooling in expected.items():
        config = saved(name)[1].config
        assert (config.pooling, config.labels) == (pooling, ("ant", "bee", "cat"))
    assert saved("registers")[1].config.prefix == ("cls", "reg0", "reg1", "reg2", "reg3")
    assert saved("SigLIP")[1].config.pooling == "map"


def test_classes_without_names_are_numbered_as_transformers_does(tmp_path: Path) -> None:
    folder = Case("ViTForImageClassification", "ViTConfig", TINY).save(tmp_path)
    assert load_pretrained(folder).config.labels == ("LABEL_0", "LABEL_1")


def test_an_old_clip_config_is_read_as_transformers_reads_it(tmp_path: Path) -> None:
    """``vision_config_dict`` beside ``vision_config`` wins whole, its silence meaning the defaults."""
    import transformers

    hub = {"vision_config": {**TINY, "hidden_act": "gelu"}, "vision_config_dict": {"hidden_size": 96, "patch_size": 16}}
    theirs = transformers.CLIPConfig(**hub, text_config={}).vision_config
    ours = FAMILIES["clip"].config(hub, [])
    assert (ours.width, ours.patch_size) == (theirs.hidden_size, theirs.patch_size) == (96, 16)
    assert (ours.depth, ours.activation) == (theirs.num_hidden_layers, theirs.hidden_act) == (12, "quick_gelu")


PHOTOGRAPHS = [
    pytest.param(path, id=path.stem, marks=() if path.stem == "cat" else pytest.mark.slow) for path in SAMPLES
]


@pytest.mark.parametrize("picture", PHOTOGRAPHS)
def test_bundled_weights_equal_transformers(picture: Path, bundled: ViT, bundled_twin: Twin) -> None:
    report = compare(bundled, bundled_twin, bundled.preprocess(open_image(picture)))
    assert report.agrees, report.verdict
    assert max(row.residual for row in report.rows) <= 1e-4, report.table()


def test_bundled_weights_equal_transformers_on_a_crop_that_is_not_square(
    bundled: ViT, bundled_twin: Twin, cat: Image.Image
) -> None:
    report = compare(bundled, bundled_twin, bundled.preprocessing.at(168, 266)(cat))
    assert report.agrees, report.verdict
    assert max(row.residual for row in report.rows) <= 1e-4, report.table()


def test_what_is_left_between_us_and_transformers_is_rounding(tmp_path: Path) -> None:
    """In double precision nothing is: the difference falls by as many digits as there are more."""
    folder = CASES["DINOv2 SwiGLU"].save(tmp_path)
    model, twin = load_pretrained(folder).double(), load_reference(folder)
    twin.module.double()
    report = compare(model, twin, torch.randn(1, 3, *model.config.image_size, dtype=torch.float64), tolerance=1e-12)
    assert report.agrees, report.verdict


@pytest.fixture(scope="session")
def bundled_twin() -> Twin:
    return load_reference(BUNDLED)


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_real_sizes_equal_transformers(name: str, tmp_path: Path, cat: Image.Image) -> None:
    case = REAL[name]()
    import transformers

    theirs = getattr(transformers, case.model)(getattr(transformers, case.config)(**case.values))
    randomise(theirs, std=0.03).save_pretrained(tmp_path)
    del theirs
    model = load_pretrained(tmp_path)
    report = compare(model, load_reference(tmp_path), model.preprocess(cat))
    assert report.agrees, report.verdict


PROCESSORS = {
    "ViT": ("ViTImageProcessorPil", {}),
    "ViT at 384": ("ViTImageProcessorPil", {"size": {"height": 384, "width": 384}}),
    "DINO": ("ViTImageProcessorPil", {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}),
    "DeiT": ("DeiTImageProcessorPil", {}),
    "DINOv2": ("BitImageProcessorPil", {"size": {"shortest_edge": 256}, "image_mean": [0.485, 0.456, 0.406]}),
    "CLIP": ("CLIPImageProcessorPil", {}),
    "SigLIP": ("SiglipImageProcessorPil", {}),
    "not square": ("SiglipImageProcessorPil", {"size": {"height": 96, "width": 160}, "resample": 2}),
    "DINOv3": ("DINOv3ViTImageProcessor", {}),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", PROCESSORS)
def test_preprocessing_equals_transformers(name: str, turned: bool, tmp_path: Path, cat: Image.Image) -> None:
    """Within one level of 255: transformers rounds between two steps that we take at once."""
    import transformers

    kind, options = PROCESSORS[name]
    processor = getattr(transformers, kind)(**options)
    processor.save_pretrained(tmp_path)
    recipe = preprocessing(json.loads((tmp_path / "preprocessor_config.json").read_text()), "ViT", _config(16))
    picture = cat.transpose(Image.Transpose.ROTATE_90) if turned else cat
    assert picture.width != picture.height
    theirs = processor(picture, return_tensors="pt")["pixel_values"]
    ours = recipe(picture)
    assert ours.shape == theirs.shape
    levels = (ours - theirs).abs() * torch.tensor(recipe.std)[None, :, None, None] * 255
    assert levels.max() <= 1.01, f"{levels.max():.2f} levels of 255"


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ({"feature_extractor_type": "ViTFeatureExtractor", "size": 224}, "ViTImageProcessorPil"),
        ({"image_processor_type": "ViTImageProcessorFast", "size": 224}, "ViTImageProcessorPil"),
        ({"feature_extractor_type": "DeiTFeatureExtractor", "size": 256, "crop_size": 224}, "DeiTImageProcessorPil"),
        ({"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224}, "CLIPImageProcessorPil"),
        ({"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 96}, "crop_size": 64},
         "BitImageProcessorPil"),
    ],
)  # fmt: skip
def test_what_an_old_recipe_leaves_out_is_its_class_default(recipe: dict, kind: str, cat: Image.Image) -> None:
    import transformers

    processor = getattr(transformers, kind)(**{k: v for k, v in recipe.items() if not k.endswith("_type")})
    theirs = processor(cat, return_tensors="pt")["pixel_values"]
    ours = preprocessing(recipe, "ViT", _config(16))(cat)
    torch.testing.assert_close(ours, theirs, atol=1.01 / 255 / 0.225, rtol=0)


def test_pixels_that_fill_no_patch_are_left_out_as_a_convolution_leaves_them_out(cat: Image.Image) -> None:
    """SigLIP so400m: 384 pixels are 27 patches of 14 and 6 pixels that nothing reads."""
    import transformers

    recipe = {"image_processor_type": "SiglipImageProcessor", "size": {"height": 384, "width": 384}}
    ours = preprocessing(recipe, "Siglip", _config(14))
    theirs = transformers.SiglipImageProcessorPil(size=recipe["size"])(cat, return_tensors="pt")["pixel_values"]
    assert ours.size == (378, 378)
    assert ours.at(378, 378) == ours
    torch.testing.assert_close(ours(cat), theirs[..., :378, :378], atol=2.01 / 255, rtol=0)
    left, top, right, bottom = ours.crop_box(*cat.size)
    np.testing.assert_allclose((left, top), (0, 0))
    np.testing.assert_allclose((right, bottom), (cat.width * 378 / 384, cat.height * 378 / 384))


@pytest.mark.parametrize(
    "recipe",
    [
        Preprocessing(size=(56, 42), resize=64),
        Preprocessing(size=(28, 28), channels=1, mean=(0.13,), std=(0.31,), resample=2),
        Preprocessing(size=(384, 384)).whole_patches(14),
        Preprocessing(size=(56, 42), resize=(70, 60)),
    ],
)
def test_a_recipe_written_and_read_again_is_the_same(recipe: Preprocessing) -> None:
    config = _config(14, channels=recipe.channels)
    assert preprocessing(json.loads(json.dumps(to_json(recipe))), "ViT", config) == recipe


def test_the_siglip_story(saved, cat: Image.Image) -> None:
    """Build it from scratch, move the weights over: the outputs are equal, and the patches have changed on the way."""
    _, model, twin = saved("SigLIP vision")
    pixels = model.preprocess(cat)
    trace = model.trace(pixels)
    with torch.inference_mode():
        theirs = twin.module(pixels)
    torch.testing.assert_close(trace.pooled, theirs.pooler_output, atol=1e-4, rtol=0)
    torch.testing.assert_close(trace.final, theirs.last_hidden_state, atol=1e-4, rtol=0)
    assert trace.layout.grid == (4, 4)
    assert trace.patch_embedding.shape == trace.final.shape == (1, 16, 32)
    assert trace.pool_pattern.shape == (1, 4, 16)


def _config(patch_size: int, channels: int = 3):
    from vit import ViTConfig

    return ViTConfig(image_size=(patch_size, patch_size), patch_size=patch_size, channels=channels)


def test_no_two_families_claim_the_same_type() -> None:
    families = {id(family): family for family in FAMILIES.values()}.values()
    assert sum(len(family.model_types) for family in families) == len(FAMILIES)
    assert FAMILIES["clip"] is FAMILIES["clip_vision_model"]
