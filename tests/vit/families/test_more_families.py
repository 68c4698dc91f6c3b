"""A ViT's and a CLIP's kin, and Vision Transformers inside larger checkpoints, equal transformers in every block."""

from __future__ import annotations

from functools import cache
from math import isqrt

import pytest
import torch

from tests.support.families import Case
from tests.support.more_families import KIN
from tests.support.towers import INSIDE
from vit import ViT, load_pretrained
from vit.families import FAMILIES
from vit.reference.compare import compare
from vit.reference.libraries import load_reference
from vit.reference.twin import Twin

ALL = {**KIN, **INSIDE}
COMPARED = {name: family.reference for name, family in FAMILIES.items() if family.reference}
ALONE = sorted(name for name, how in COMPARED.items() if how.library == "transformers")
SAID = {"yolos": {"use_mid_position_embeddings": False}}  # its default cannot be shown


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory):
    """name → our model of what transformers saved and its own; each made once."""

    @cache
    def make(name: str) -> tuple[ViT, Twin]:
        folder = ALL[name].save(tmp_path_factory.mktemp("case"))
        return load_pretrained(folder), load_reference(folder)

    return make


OTHER_SIZES = [pytest.param(size, marks=pytest.mark.slow) for size in ((40, 56), (16, 64))]
FEW = ("LLaVA", "TrOCR", "GIT", "Depth Anything")


@pytest.mark.parametrize("size", ["trained", *OTHER_SIZES], ids=str)
@pytest.mark.parametrize("name", ALL)
def test_every_layer_equals_transformers(name: str, size: str | tuple[int, int], saved) -> None:
    model, twin = saved(name)
    height, width = model.config.image_size if size == "trained" else size
    torch.manual_seed(1)
    pixels = torch.randn(2, 3, height, width)
    if size != "trained" and not twin.how.stretches:
        with pytest.raises(ValueError, match=r"its own resolution|were learnt for"):
            twin.run(pixels, model.layout(pixels))
        return
    report = compare(model, twin, pixels)
    assert report.agrees, report.verdict
    assert max(row.residual for row in report.rows) <= 1e-4, report.table()
    assert (report.logits is not None) == ("classifier" in name)
    assert len(report.rows) == model.config.depth + 1


@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in INSIDE]
)
def test_the_part_is_what_the_whole_checkpoint_has_there(name: str, saved) -> None:
    """Verify loads the tower alone; here it is held against the same tower inside of the whole model."""
    case: Case = INSIDE[name]
    inside = case.build().get_submodule(case.part)
    _, twin = saved(name)
    pixels = torch.randn(1, 3, *saved(name)[0].config.image_size)
    with torch.inference_mode():
        whole, alone = (module(pixels, output_hidden_states=True) for module in (inside, twin.module))
    for theirs, ours in zip(whole.hidden_states, alone.hidden_states, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("model_type", ALONE)
def test_a_config_that_is_silent_means_the_types_defaults(model_type: str) -> None:
    import transformers

    theirs = transformers.CONFIG_MAPPING[model_type]()
    theirs = getattr(theirs, "vision_config", theirs)
    ours = FAMILIES[model_type].config({**SAID.get(model_type, {}), "model_type": model_type}, [])
    names = {"width": "hidden_size", "depth": "num_hidden_layers", "heads": "num_attention_heads"}
    assert {n: getattr(ours, n) for n in names} == {n: getattr(theirs, theirs_) for n, theirs_ in names.items()}
    eps = theirs.rms_norm_eps if hasattr(theirs, "rms_norm_eps") else theirs.layer_norm_eps
    width = getattr(theirs, "intermediate_size", None) or theirs.hidden_size * theirs.mlp_ratio
    assert (ours.norm_eps, ours.mlp_width) == (eps, width)
    patch = theirs.patch_size if isinstance(theirs.patch_size, int) else theirs.patch_size[0]
    size = theirs.image_size if hasattr(theirs, "image_size") else isqrt(theirs.num_patches) * patch
    size = size if isinstance(size, (list, tuple)) else (size,) * 2
    assert (ours.patch_size, ours.image_size) == (patch, tuple(side - side % patch for side in size))
