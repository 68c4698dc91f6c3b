"""How unlike the known pictures one is."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import pytest
import torch
from einops import repeat
from torch import Tensor

from vit import ViTConfig
from vit.analysis import novelty
from vit.analysis.novelty import Examples, Known
from vit.checkpoints.files import CheckpointError

CORNERS = 20 * torch.eye(3, 5)
NEW = torch.tensor([0.0, 0.0, 0.0, 20.0, 0.0])  # where things of none of the three classes lie
SHARP = torch.tensor([0.0, 0.0, 0.0, 0.0, 20.0])  # how far pictures of another kind lie from those of the first


def both_blocks(vectors: Tensor) -> Tensor:
    """What lies at these places (n, d) after the first block, and a hundred times as far after the second."""
    return torch.stack([vectors, 100 * vectors])


def around(places: Tensor, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """``n`` vectors around each of the places (k, d), after two blocks: (2, k·n, d); and which place each is of."""
    chance = torch.Generator().manual_seed(seed)
    noise = 3 * torch.randn(len(places) * n, places.shape[1], generator=chance)
    return both_blocks(repeat(places, "k d -> (k n) d", n=n) + noise), torch.arange(len(places)).repeat_interleave(n)


def classes(n: int, seed: int, kind: Tensor | float = 0.0) -> Examples:
    return Examples(*around(CORNERS + kind, n, seed))


def none(n: int, seed: int, kind: Tensor | float = 0.0) -> Examples:
    cls, labels = around((NEW + kind)[None], n, seed)
    return Examples(cls, labels - 1)


def fit(*examples: Examples) -> Known:
    return novelty.fit(examples, classes(300, 9).cls)


@pytest.fixture(scope="module")
def known() -> Known:
    return fit(classes(100, 0), none(300, 1))


def flagged(examples: Examples, known: Known) -> float:
    return float((novelty.novelty(examples.cls, known) > 1).float().mean())


def test_the_log_odds_of_a_hand_made_answer() -> None:
    weight = torch.zeros(1, 2, 3)
    weight[0, 0, 0], weight[0, 1, 2] = 2.0, 3.0
    found = novelty.odds_of_none(torch.tensor([[[0.0, 0.0], [log(3) / 2, 1.0]]]), weight, torch.zeros(3))
    assert found.tolist() == pytest.approx([-log(2), 3 - log(3 + 1)])


def test_one_known_picture_in_twenty_is_called_unlike_them(known: Known) -> None:
    assert flagged(classes(1000, 2), known) == pytest.approx(novelty.FLAGGED, abs=0.02)
    middle = novelty.novelty(classes(1000, 2).cls, known).median()
    assert float(middle) == pytest.approx(0, abs=0.1)


def test_what_is_of_no_class_is_called_unlike_them(known: Known) -> None:
    assert flagged(none(300, 3), known) > 0.99


def test_every_block_counts_the_same_whatever_its_scale(known: Known) -> None:
    new, usual = none(300, 4).cls, classes(100, 4).cls
    first = novelty.novelty(torch.stack([new[0], usual[1]]), known).mean()
    second = novelty.novelty(torch.stack([usual[0], new[1]]), known).mean()
    assert float(first) == pytest.approx(float(second), rel=0.2)


def test_what_tells_kinds_apart_is_no_sign_of_anything_new() -> None:
    """Where what is of no class was sharp and the classes were not, sharp ones of the classes are taken for new."""
    unaware = fit(classes(100, 0), none(300, 1, SHARP))
    aware = fit(classes(100, 0), classes(20, 5, SHARP), none(300, 1, SHARP), none(300, 6))
    assert flagged(classes(100, 7, SHARP), unaware) > 0.3
    assert flagged(classes(100, 7, SHARP), aware) < 0.15
    assert flagged(none(100, 8, SHARP), aware) > 0.99


def test_a_kind_counts_by_its_weight_not_by_its_number(known: Known) -> None:
    twice = none(300, 1)
    doubled = Examples(twice.cls.repeat(1, 2, 1), twice.labels.repeat(2))
    assert torch.allclose(fit(classes(100, 0), doubled).bias, known.bias, atol=1e-3)
    lighter = fit(classes(100, 0), Examples(twice.cls, twice.labels, counts=0.1))
    assert float(lighter.few) < float(known.few)


def test_what_is_written_is_read(known: Known, tmp_path: Path) -> None:
    cls = classes(10, 3).cls
    config = ViTConfig(width=cls.shape[-1], heads=1, depth=len(cls), n_classes=known.weight.shape[-1] - 1)
    assert novelty.read(tmp_path, config) is None
    novelty.write(known, tmp_path)
    found = novelty.read(tmp_path, config)
    assert found is not None
    assert torch.equal(novelty.novelty(cls, found), novelty.novelty(cls, known))
    without_cls = {"prefix": (), "positioned_prefix": 0, "pooling": "mean"}
    for changes in ({"n_classes": 7}, without_cls, {"depth": len(cls) - 1}):
        with pytest.raises(CheckpointError, match="belongs to another model"):
            novelty.read(tmp_path, replace(config, **changes))
    (tmp_path / novelty.FILE).write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"novelty.safetensors .* fetch it again"):
        novelty.read(tmp_path, config)
