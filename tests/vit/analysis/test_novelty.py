"""How unlike the known pictures one is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from einops import repeat

from vit.analysis import novelty
from vit.checkpoints.files import CheckpointError

CORNERS = 20 * torch.eye(3, 4)
SHARP = torch.tensor([0.0, 0.0, 0.0, 20.0])  # how far pictures of another kind lie from those of the same class


def tokens(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes around three corners, ten times as wide in the first direction as in the others, after two blocks;
    after the second all of it is a hundred times as large."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 3
    spread = torch.tensor([10.0, 1.0, 1.0, 1.0])
    noise = spread * torch.randn(2, n, 4, generator=chance)
    return (CORNERS[labels] + noise) * torch.tensor([1.0, 100.0]).view(2, 1, 1), labels


def fit(other: torch.Tensor, other_labels: torch.Tensor) -> novelty.Known:
    return novelty.fit(*tokens(900, 0), tokens(900, 1)[0], other, other_labels)


@pytest.fixture(scope="module")
def known() -> novelty.Known:
    return fit(*tokens(60, 4))


def both_blocks(vectors: torch.Tensor) -> torch.Tensor:
    """What lies at these places (n, d) after the first block, and a hundred times as far after the second."""
    return torch.stack([vectors, 100 * vectors])


def test_one_known_picture_in_twenty_is_called_unlike_them(known: novelty.Known) -> None:
    flagged = (novelty.novelty(tokens(3000, 2)[0], known) > 1).float().mean()
    assert float(flagged) == pytest.approx(novelty.FLAGGED, abs=0.02)


def test_far_counts_by_the_spread_of_its_direction(known: novelty.Known) -> None:
    wide, narrow = CORNERS[1] + torch.tensor([[8.0, 0, 0, 0], [0, 0, 0, 8.0]])
    at_wide, at_narrow = novelty.novelty(both_blocks(torch.stack([wide, narrow])), known)
    assert at_wide < 1 < at_narrow
    assert float(novelty.novelty(both_blocks(CORNERS[1:2]), known)) < 0.1


def test_every_block_counts_the_same_whatever_its_scale(known: novelty.Known) -> None:
    strange, usual = CORNERS[1] + torch.tensor([0, 0, 0, 8.0]), CORNERS[1]
    first = novelty.novelty(torch.stack([strange[None], 100 * usual[None]]), known)
    second = novelty.novelty(torch.stack([usual[None], 100 * strange[None]]), known)
    assert float(first) == pytest.approx(float(second), rel=0.3)


def test_another_kind_of_known_picture_is_not_unlike_but_something_new_is(known: novelty.Known) -> None:
    chance = torch.Generator().manual_seed(5)
    labels = repeat(torch.arange(3), "classes -> (classes 100)")
    seen, unseen = (
        CORNERS[labels] + SHARP * torch.randn(300, 1, generator=chance) + torch.randn(300, 4, generator=chance)
        for _ in range(2)
    )
    new = repeat(torch.tensor([20.0, 20.0, 20.0, 0.0]), "d -> 100 d") + torch.randn(100, 4, generator=chance)
    told = fit(both_blocks(seen), labels)
    assert float((novelty.novelty(both_blocks(unseen), known) > 1).float().mean()) > 0.8
    assert float((novelty.novelty(both_blocks(unseen), told) > 1).float().mean()) < 0.2
    assert float((novelty.novelty(both_blocks(new), told) > 1).float().mean()) > 0.8


def test_what_is_written_is_read(known: novelty.Known, tmp_path: Path) -> None:
    assert novelty.read(tmp_path) is None
    novelty.write(known, tmp_path)
    found, (cls, _) = novelty.read(tmp_path), tokens(30, 3)
    assert found is not None
    assert torch.allclose(novelty.novelty(cls, found), novelty.novelty(cls, known), atol=0.02)
    (tmp_path / novelty.FILE).write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"novelty.safetensors .* fetch it again"):
        novelty.read(tmp_path)
