"""How unlike the known pictures an output is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vit.analysis import novelty
from vit.checkpoints.files import CheckpointError


def outputs(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes around three corners, ten times as wide in the first direction as in the others."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 3
    spread = torch.tensor([10.0, 1.0, 1.0, 1.0])
    return 20 * torch.eye(3, 4)[labels] + spread * torch.randn(n, 4, generator=chance), labels


@pytest.fixture(scope="module")
def known() -> novelty.Known:
    return novelty.fit(*outputs(900, 0), outputs(900, 1)[0])


def test_one_known_picture_in_twenty_is_called_unlike_them(known: novelty.Known) -> None:
    flagged = (novelty.novelty(outputs(3000, 2)[0], known) > 1).float().mean()
    assert float(flagged) == pytest.approx(novelty.FLAGGED, abs=0.02)


def test_far_counts_by_the_spread_of_its_direction(known: novelty.Known) -> None:
    centre = outputs(900, 0)[0][1::3].mean(0)
    wide, narrow = centre + torch.tensor([[8.0, 0, 0, 0], [0, 0, 0, 8.0]])
    at_wide, at_narrow = novelty.novelty(torch.stack([wide, narrow]), known)
    assert at_wide < 1 < at_narrow
    assert float(novelty.novelty(centre[None], known)) < 0.1


def test_what_is_written_is_read(known: novelty.Known, tmp_path: Path) -> None:
    assert novelty.read(tmp_path) is None
    novelty.write(known, tmp_path)
    found, (pooled, _) = novelty.read(tmp_path), outputs(30, 3)
    assert found is not None
    assert torch.allclose(novelty.novelty(pooled, found), novelty.novelty(pooled, known), atol=0.02)
    (tmp_path / novelty.FILE).write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"novelty.safetensors .* fetch it again"):
        novelty.read(tmp_path)
