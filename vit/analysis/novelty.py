"""Is a picture like those a classifier learned from? How far its CLS token lies from every class's mean.

Distances are Mahalanobis's: directions in which pictures of one class differ anyway count little. From the squared
distance to the nearest class that to the mean of all is taken away, so that what is unusual in every picture counts
little too (Ren et al. 2021, "A simple fix to Mahalanobis distance for improving near-OOD detection", arXiv 2106.09022).
That is done after each of the last few blocks: the last has learned to tell the known classes apart and puts what is
new beside one of them, those before it still see the difference.
What it needs is fitted once on pictures of known classes and lies in ``novelty.safetensors`` beside a model's weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from einops import rearrange, reduce
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from vit.checkpoints.files import CheckpointError

FILE = "novelty.safetensors"
BLOCKS = 3  # the last ones, CLS as the final norm leaves it; earlier ones see how sharp a picture is, not what it shows
SHRINK = 0.1  # of the mean variance, added to that of every direction: few pictures say little about the narrowest
FLAGGED = 0.05  # the share of pictures of the known classes that may be called unlike them


@dataclass(frozen=True)
class Known:
    """What pictures of the known classes are like, after each of so many blocks.

    ``means``: (blocks, classes, d), and ``mean`` of all: (blocks, 1, d). ``within``, ``overall``: (blocks, d, d), after
    which the pictures of a class, and all pictures, differ equally in every direction. Of the differences of squared
    distances, ``typical``: (blocks, 1), what half of known pictures exceed, ``spread``: (blocks, 1), how much more few
    of them do. ``threshold``: (), what few exceed in the mean of the blocks, counted like that.
    """

    means: Tensor
    mean: Tensor
    within: Tensor
    overall: Tensor
    typical: Tensor
    spread: Tensor
    threshold: Tensor


def fit(cls: Tensor, labels: Tensor, kept: Tensor, other: Tensor, other_labels: Tensor) -> Known:
    """From the CLS tokens (blocks, n, d) of pictures of the classes (n,); and of some that the model has not learned
    from, ``kept`` (blocks, m, d), for the threshold.

    ``other`` (blocks, k, d), of the classes (k,): pictures of another kind, such as sharp ones where the model learned
    from coarse ones. The directions in which they differ from the classes' means are no sign of anything new.
    """
    means = torch.stack([cls[:, labels == label].mean(1) for label in range(int(labels.max()) + 1)], dim=1)
    both, both_labels = torch.cat([cls, other], dim=1), torch.cat([labels, other_labels])
    mean = reduce(both, "blocks n d -> blocks 1 d", "mean")
    within, overall = _whitening(both - means[:, both_labels]), _whitening(both - mean)
    blank = torch.zeros(len(cls), 1)
    known = Known(means, mean, within, overall, typical=blank, spread=blank + 1, threshold=torch.tensor(1.0))
    differences = _differences(kept, known)  # (blocks, m)
    typical, few = differences.quantile(torch.tensor([0.5, 1 - FLAGGED]), dim=1, keepdim=True)  # (blocks, 1) each
    known = replace(known, typical=typical, spread=few - typical)
    return replace(known, threshold=novelty(kept, known).quantile(1 - FLAGGED))


def _whitening(differences: Tensor) -> Tensor:
    """The matrices (blocks, d, d) after which differences (blocks, n, d) have about variance 1 in every direction."""
    found = []
    for of_block in differences.double():
        variances, directions = torch.linalg.eigh(of_block.T.cov())
        found.append(directions / (variances + SHRINK * variances.mean()).sqrt())
    return torch.stack(found).float()


def _differences(cls: Tensor, known: Known) -> Tensor:
    """The squared distance to the nearest class less that to all, of tokens (blocks, n, d): (blocks, n)."""
    means = rearrange(known.means, "blocks classes d -> blocks 1 classes d")
    within = rearrange(known.within, "blocks d e -> blocks 1 d e")
    apart = rearrange(cls, "blocks n d -> blocks n 1 d") - means  # (blocks, n, classes, d)
    from_nearest = (apart @ within).square().sum(-1).amin(-1)  # (blocks, n)
    from_all = ((cls - known.mean) @ known.overall).square().sum(-1)  # (blocks, n)
    return from_nearest - from_all


def novelty(cls: Tensor, known: Known) -> Tensor:
    """How unlike known pictures those are whose CLS tokens (blocks, n, d) these are: (n,); 0 is typical of them, few of
    them are above 1."""
    of_blocks = (_differences(cls, known) - known.typical) / known.spread  # (blocks, n)
    return reduce(of_blocks, "blocks n -> n", "mean") / known.threshold


def write(known: Known, folder: Path) -> None:
    """Beside a model's weights, in half precision."""
    save_file({name: tensor.half().contiguous() for name, tensor in vars(known).items()}, folder / FILE)


def read(folder: Path) -> Known | None:
    """What is known beside the model in ``folder``; None where nothing is. CheckpointError for a damaged file."""
    if not (folder / FILE).is_file():
        return None
    try:
        return Known(**{name: tensor.float() for name, tensor in load_file(folder / FILE).items()})
    except (SafetensorError, OSError, TypeError) as error:
        raise CheckpointError(f"{FILE} in {folder} cannot be read ({error}): fetch it again.") from None
