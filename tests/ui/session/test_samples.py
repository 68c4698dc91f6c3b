"""The gallery: samples that a model has a name for stand first, whichever model it is."""

from __future__ import annotations

from pathlib import Path

from tests.support.families import CASES, TINY, Case
from tests.support.sessions import opened, with_model
from ui.session.choices import DEFAULT_MODEL
from ui.session.samples import NAMED_AT_FIRST, named_samples
from vit import load_pretrained


def test_what_stands_first_at_first_is_what_the_default_model_has_names_for() -> None:
    assert named_samples(load_pretrained(DEFAULT_MODEL).config.labels) == NAMED_AT_FIRST


def test_labels_are_read_word_by_word() -> None:
    assert named_samples(["tabby, tabby cat", "espresso", "catamaran"]) == ("cat", "coffee", "kitten")
    assert named_samples(["LABEL_0"]) == ()


def test_the_gallery_follows_the_model(tmp_path: Path) -> None:
    at = opened("overview")
    assert list(at.session_state.named) == list(NAMED_AT_FIRST)
    labels = {0: "giant panda", 1: "coffee mug", 2: "tench"}
    classifier = Case("ViTForImageClassification", "ViTConfig", {**TINY, "id2label": labels})
    with_model(at, classifier.save(tmp_path / "classes"))
    assert at.session_state.named == ("coffee", "panda")
    with_model(at, CASES["ViT with pooler"].save(tmp_path / "no classes"))
    assert at.session_state.named == ("coffee", "panda"), "a model without classes moves nothing"
