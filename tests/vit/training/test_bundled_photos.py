"""weights/photos-10: what lies beside it is true, and it names photographs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.accuracy import held_out, judge
from tests.support.places import ROOT
from vit import Trace, ViT
from vit.analysis import novelty
from vit.checkpoints.loading import load_pretrained
from vit.teaching.vectors import parts_of_trace

FOLDER = ROOT / "weights" / "photos-10"
PICTURES = ROOT.parent / "shared" / "data" / "cifar10-subset.tar"
KNOWN = {"cat": "cat", "kitten": "cat", "dog": "dog", "duck": "bird", "horses": "horse"}
NONE_OF_THEM = (
    *("astronaut", "coffee", "cow", "flower", "giraffes", "grace_hopper", "hubble_deep_field", "jaguars"),
    *("lemurs", "panda", "raccoon", "rocket", "sheep", "temple"),
)


@pytest.fixture(scope="module")
def model() -> ViT:
    return load_pretrained("photos-10")


def seen(model: ViT, sample: str) -> Trace:
    with Image.open(ROOT / "sample_images" / f"{sample}.jpg") as image:
        return model.trace(model.preprocess(image))


def unlikeness(model: ViT, trace: Trace) -> float:
    known = novelty.read(FOLDER, model.config)
    return float(novelty.novelty(parts_of_trace(model, trace)["cls"][-novelty.BLOCKS :], known))


def test_it_is_small_and_knows_ten_names(model: ViT) -> None:
    assert (FOLDER / "model.safetensors").stat().st_size <= 45e6
    assert len(model.config.labels) == 10
    assert model.preprocessing.size == (224, 224)


@pytest.mark.parametrize("sample", KNOWN)
def test_it_names_what_it_knows(model: ViT, sample: str) -> None:
    trace = seen(model, sample)
    assert float(trace.logits.softmax(-1)[0, model.config.labels.index(KNOWN[sample])]) >= 0.8
    assert unlikeness(model, trace) < 1


def test_it_says_of_most_others_that_they_are_unlike_what_it_learned(model: ViT) -> None:
    flagged = [sample for sample in NONE_OF_THEM if unlikeness(model, seen(model, sample)) > 1]
    assert len(flagged) >= 0.8 * len(NONE_OF_THEM), flagged


@pytest.mark.timeout(1200)  # five minutes on two slow cores
@pytest.mark.slow
@pytest.mark.whole_machine
@pytest.mark.skipif(not Path(PICTURES).is_file(), reason="the pictures held out are not beside the project")
def test_it_names_the_pictures_held_out(model: ViT) -> None:
    found = judge(model, held_out(PICTURES, model, 224))
    assert found.accuracy >= 0.95
    assert found.error <= 0.03
