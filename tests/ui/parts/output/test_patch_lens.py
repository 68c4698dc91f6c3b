"""Which patch says what: a map for a class and a map of best classes, at any level; the halves of a head told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.models import SMALL, random_model
from tests.support.sessions import captions, healthy, opened, words
from vit.checkpoints.loading import save_pretrained

PAGE = "output"


def test_the_level_and_the_class_can_be_chosen() -> None:
    at = opened(PAGE, model="mnist-vit", image="digit_7")
    assert at.select_slider(key="patch_lens_level").value == 6
    assert at.selectbox(key="patch_lens_class").value == 7, "the answer comes first"
    assert "Each patch's own likeliest class: " in captions(at)
    healthy(at.select_slider(key="patch_lens_level").set_value(0).run())
    healthy(at.selectbox(key="patch_lens_class").set_value(1).run())
    assert "How probable 1 is, read from each patch" in captions(at)


def test_what_cls_says_can_be_added_where_the_head_reads_both(tmp_path: Path) -> None:
    model = random_model(replace(SMALL["cls"], pooling="cls+mean"))
    save_pretrained(model, tmp_path / "both")
    at = opened(PAGE)
    at.session_state.added = [str(tmp_path / "both")]
    at.session_state.model = str(tmp_path / "both")
    healthy(at.run())
    assert "This head reads two halves: CLS, and the mean of the patches." in words(at)
    healthy(at.toggle(key="patch_lens_tokens").set_value(True).run())
