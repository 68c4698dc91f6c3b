"""What is known of a bundled model from other pictures: it has every place, and the best is where it was measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vit import load_pretrained
from vit.paths import WEIGHTS
from vit.teaching import elsewhere
from vit.teaching.vectors import readings


@pytest.mark.parametrize(
    ("name", "reading", "blocks"), [("dinov2-small-imgfocus", "cls", 11), ("photos-10", "mean", 12)]
)
def test_of_both_models_of_photographs_all_places_are_known(name: str, reading: str, blocks: int) -> None:
    found, model = elsewhere.known(name), load_pretrained(name)
    assert found is not None
    assert set(found) == set(readings(model))
    assert {len(curve) for curve in found.values()} == {model.config.depth}
    best = max(found, key=lambda each: float(found[each].max()))
    assert (best, int(found[best].argmax()) + 1) == (reading, blocks)


def test_nothing_is_known_of_others(tmp_path: Path) -> None:
    assert elsewhere.known("mnist-vit") is None
    assert elsewhere.known("facebook/dinov2-small") is None
    elsewhere.keep({"mean": torch.zeros(3)}, tmp_path)
    assert elsewhere.known(str(tmp_path)) is None, "somebody's own folder"
    assert elsewhere.known(f"{WEIGHTS.name}/photos-10") is None


def test_what_is_kept_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "config.json").write_text("{}")
    elsewhere.keep({"cls": torch.tensor([0.1, 0.25]), "mean": torch.tensor([0.5, 0.12345])}, tmp_path / "small")
    monkeypatch.setattr(elsewhere, "WEIGHTS", tmp_path)
    monkeypatch.setattr(elsewhere, "bundled", lambda: ["small"])
    found = elsewhere.known("small")
    assert found is not None
    assert {name: curve.tolist() for name, curve in found.items()} == {"cls": [0.1, 0.25], "mean": [0.5, 0.123]}
